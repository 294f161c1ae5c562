const begin = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const end = /-----END [A-Z ]*PRIVATE KEY-----/;

/** Leaves private keys out of a log's lines, and passwords out of URLs. A line is what comes back for it, or nothing. */
export class Secrets {
  private inKey = false;

  without(line: string): string | undefined {
    if (this.inKey) {
      if (end.test(line)) this.inKey = false;
      return undefined;
    }
    const [first] = begin.exec(line) ?? [];
    if (first === undefined) return line.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]*@/gi, "$1***@");
    const at = line.indexOf(first);
    const rest = end.exec(line.slice(at));
    this.inKey = rest === null;
    const after = rest === null ? "" : line.slice(at + rest.index + rest[0].length);
    return `${line.slice(0, at)}(a private key was left out)${after}`;
  }
}
