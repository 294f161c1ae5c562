import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Texts as files for a command line tool, in a folder that `remove` deletes. */
export class Files {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "tls-"));
  private count = 0;

  write(text: string): string {
    const file = path.join(this.folder, String(this.count++));
    fs.writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  /** A copy of a file or folder, which what becomes of the original doesn't reach. */
  copy(original: string): string {
    const copy = path.join(this.folder, String(this.count++));
    fs.cpSync(original, copy, { recursive: true });
    return copy;
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true });
  }
}

/** Runs a tool; fails when it does. */
export function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Says why when openssl does not accept. */
export function refusal(...args: string[]): string {
  try {
    return run("openssl", ...args) && "";
  } catch (error) {
    return String((error as { stderr: string }).stderr);
  }
}

/** Names of a certificate's or request's extensions, in order, with their values. */
export function extensions(file: string, kind: "x509" | "req" = "x509"): Record<string, string> {
  const text = run("openssl", kind, "-in", file, "-noout", "-text", "-nameopt", "RFC2253");
  const found = [...text.matchAll(/^ +(X509v3 [A-Z][^:\n]+): *(critical)? *\n +(.+?) *$/gm)];
  return Object.fromEntries(
    found.map(([, name, critical, value]) => [name, [critical, value].filter(Boolean).join(" ")]),
  );
}
