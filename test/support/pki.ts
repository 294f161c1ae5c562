import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PemPair } from "../../components/host/configurationSet";

/** SHA-256 of a certificate's DER, as the allow-list has it. */
export function fingerprint(certificate: string): string {
  return createHash("sha256").update(new X509Certificate(certificate).raw).digest("hex");
}

type Usage = "serverAuth" | "clientAuth";

/** In what a certificate differs from the authority's. */
interface Different {
  /** Default: ECDSA P-256. */
  key?: "rsa:2048" | "ed25519";
  /** When it is issued, for 30 days, as faketime takes it: `-60d` is sixty days ago. Default: now. */
  issued?: string;
  /** Default: the name of the files. */
  commonName?: string;
}

/** Throw-away certificates as the authority issues them, by openssl; the files are `<name>.pem` and `<name>.key`. */
export class Pki {
  readonly folder = mkdtempSync(join(tmpdir(), "pki-"));
  private readonly pairs = new Map<string, PemPair>();
  readonly root = this.selfSigned("root");
  readonly server = this.signed("server", "root", "serverAuth");
  readonly inner = {
    issuer: this.selfSigned("inner").certificate,
    server: this.signed("inner-server", "inner", "serverAuth"),
    client: this.signed("inner-client", "inner", "clientAuth"),
  };

  selfSigned(name: string): PemPair {
    return this.issue(name, []);
  }

  signed(name: string, issuer: string, usage: Usage, different: Different = {}): PemPair {
    const options = [
      ...["-CA", this.file(`${issuer}.pem`), "-CAkey", this.file(`${issuer}.key`)],
      ...["-addext", `extendedKeyUsage=${usage}`],
      ...["-addext", "basicConstraints=critical,CA:false"],
      ...(usage === "serverAuth" ? ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"] : []),
    ];
    return this.issue(name, options, different);
  }

  /** A client as the allow-list knows it; its certificate is made on first use. */
  client(name: string): { name: string; fingerprint: string } {
    const { certificate } = this.pairs.get(name) ?? this.signed(name, "root", "clientAuth");
    const { subject } = new X509Certificate(certificate);
    return { name: subject.split("CN=")[1], fingerprint: fingerprint(certificate) };
  }

  /** openssl's and curl's options to show a certificate. */
  shown(name: string): { openssl: string[]; curl: string[] } {
    const [certificate, key] = [this.file(`${name}.pem`), this.file(`${name}.key`)];
    return { openssl: ["-cert", certificate, "-key", key], curl: ["--cert", certificate, "--key", key] };
  }

  /** A certificate that was made before. */
  pair(name: string): PemPair {
    const pair = this.pairs.get(name);
    if (pair === undefined) throw new Error(`there is no certificate ${name}`);
    return pair;
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  private issue(name: string, options: string[], different: Different = {}): PemPair {
    const { key: kind, issued, commonName = name } = different;
    const [certificate, key] = [this.file(`${name}.pem`), this.file(`${name}.key`)];
    const ecdsa = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    const newKey = ["-newkey", ...(kind === undefined ? ecdsa : [kind]), "-nodes"];
    const subject = ["-subj", `/O=remote-docker/CN=${commonName}`, "-days", "30"];
    const files = ["-keyout", key, "-out", certificate];
    const openssl = ["openssl", "req", "-x509", ...newKey, ...subject, ...options, ...files];
    const [file, ...args] = issued === undefined ? openssl : ["faketime", "-f", issued, ...openssl];
    execFileSync(file, args, { stdio: "pipe" });
    const pair = { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
    this.pairs.set(name, pair);
    return pair;
  }
}
