import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import type { Bundle } from "./bundle.ts";

/** A file of an archive; a folder's name ends with a slash. */
export interface Entry {
  name: string;
  /** Permissions. */
  mode: number;
  content?: string;
}

/** The bundle's files as entries of an archive, in a folder with a name that ends with a slash, or in none. */
export function bundleEntries({ files }: Bundle, folder = ""): Entry[] {
  return files.map(({ name, mode, content }) => ({ name: folder + name, mode, content }));
}

/**
 * A tar archive, made in memory, as private keys must not reach the disk on the way. The same entries and date give
 * the same bytes.
 *
 * @param date of all the entries
 */
export async function tarArchive(entries: Entry[], date: Date): Promise<Buffer> {
  const archive = pack();
  for (const { name, mode, content } of entries) {
    const type = name.endsWith("/") ? "directory" : "file";
    archive.entry({ name, mode, mtime: date, type }, content ?? "");
  }
  archive.finalize();
  return buffer(archive);
}
