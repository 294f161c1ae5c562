import path from "node:path";
import type { Document } from "yaml";
import { YAMLMap } from "yaml";
import { UserError } from "../errors.ts";
import { writeAtomically } from "../state/files.ts";
import type { Project } from "./project.ts";
import { readYaml } from "./yaml.ts";

/** Pulumi.<stack>.yaml: configuration and salt. Comments stay where they are. */
export class StackFile {
  readonly file: string;
  readonly #document: Document;
  readonly #text: string;
  #newSalt: string | undefined;
  #edited = false;

  constructor(project: Project, stack: string) {
    const file = path.join(project.root, project.stackFolder, `Pulumi.${stack}.yaml`);
    this.file = file;
    ({ text: this.#text, document: this.#document } = readYaml(file, "config"));
    const provider = this.#document.get("secretsprovider");
    if (provider !== undefined && provider !== "passphrase") {
      throw new UserError(
        `${file}: secretsprovider: the offline engine knows "passphrase" only; use the official CLI`,
      );
    }
  }

  /** The salt of the passphrase; undefined before the first use. */
  get salt(): string | undefined {
    const salt = this.#document.get("encryptionsalt");
    return typeof salt === "string" ? salt : undefined;
  }

  set salt(salt: string) {
    this.#document.set("encryptionsalt", salt);
    this.#newSalt = salt;
  }

  /** As written, by key with namespace. */
  get config(): Record<string, unknown> {
    return (this.#document.toJS() as { config?: Record<string, unknown> } | null)?.config ?? {};
  }

  /** Sets what the path within `config` leads to. */
  setConfig(at: (string | number)[], value: unknown): void {
    const [key, ...inner] = at;
    // An existing scalar's or empty value's place is taken by a map or list that can hold the rest of the path.
    if (inner.length > 0 && !(this.#document.getIn(["config", key]) instanceof Object)) {
      this.#document.setIn(
        ["config", key],
        this.#document.createNode(typeof inner[0] === "number" ? [] : {}),
      );
    }
    // A plain value goes into the node that is there, which has the comment.
    const structured = typeof value === "object" && value !== null;
    this.#document.setIn(["config", ...at], structured ? this.#document.createNode(value) : value);
    this.#edited = true;
  }

  /** Removes what the path within `config` leads to, if it is there: the official CLI wants no more either. */
  removeConfig(at: (string | number)[]): void {
    if (!this.#document.hasIn(["config", ...at])) return;
    this.#document.deleteIn(["config", ...at]);
    const config = this.#document.get("config");
    if (config instanceof YAMLMap && config.items.length === 0) this.#document.delete("config");
    this.#edited = true;
  }

  /** Writes the file when something in it has changed. A salt is only a line more: the rest keeps the user's form. */
  async save(): Promise<void> {
    if (!this.#edited && this.#newSalt === undefined) return;
    const before = this.#text === "" || this.#text.endsWith("\n") ? this.#text : `${this.#text}\n`;
    const appended = /^encryptionsalt:/m.test(before)
      ? undefined
      : `${before}encryptionsalt: ${this.#newSalt}\n`;
    const text = this.#edited || !appended ? this.#document.toString({ lineWidth: 0 }) : appended;
    await writeAtomically(this.file, text, 0o644);
  }
}
