/** Milliseconds as people read them: `12ms`, `3.4s`, `2m13s`, `5h02m`, `3d04h`. */
export function formatDuration(milliseconds: number): string {
  const whole = Math.max(0, Math.round(milliseconds));
  if (whole < 1000) return `${whole}ms`;
  if (whole < 59_950) return `${(whole / 1000).toFixed(1)}s`;
  const seconds = Math.round(whole / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  const [[count, unit], [next, smaller]] = parts.slice(Math.min(first, 2));
  return `${count}${unit}${String(next).padStart(2, "0")}${smaller}`;
}

/** Bytes as people read them: `512 B`, `3.4 MB`; powers of 1000. */
export function formatSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let size = bytes;
  let unit = 0;
  while (size >= 999.95 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** Rows as lines with aligned columns; the last column is as long as it is. */
export class Columns {
  private widths: number[];
  private readonly rightAligned: number[];

  /** @param rightAligned the numbers of the columns that are so */
  constructor(least: number[], rightAligned: number[]) {
    this.widths = least;
    this.rightAligned = rightAligned;
  }

  /** Makes room for rows; those that come later may be wider, and then push what follows. */
  fit(rows: string[][]): void {
    this.widths = this.widths.map((least, column) =>
      rows.reduce((width, row) => Math.max(width, row[column].length), least),
    );
  }

  line(row: string[]): string {
    const cells = row.map((cell, column) =>
      this.rightAligned.includes(column)
        ? cell.padStart(this.widths[column] ?? 0)
        : cell.padEnd(this.widths[column] ?? 0),
    );
    return cells.join("  ").trimEnd();
  }
}
