/** Text as one word of a POSIX shell, whatever is in it. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** `export` lines for a shell's eval, one for each variable. */
export function exportLines(variables: Record<string, string>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join("");
}

/** The line that puts a folder in front of the shell's PATH, or nothing where it is there already. */
export function pathLine(folder: string, path: string): string {
  return path.split(":").includes(folder) ? "" : `export PATH=${quote(folder)}:"$PATH"\n`;
}
