/** Text as one word of a POSIX shell, whatever is in it. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A shell whose lines {@link exportLines} knows: POSIX's, fish, or PowerShell. */
export type Shell = "sh" | "fish" | "powershell";

/** Lines that set variables, for a shell's eval, one for each. */
export function exportLines(variables: Record<string, string>, shell: Shell = "sh"): string {
  const line = {
    sh: (name: string, value: string) => `export ${name}=${quote(value)}\n`,
    // In single quotes fish knows \\ and \' alone (its documentation, "Quotes").
    fish: (name: string, value: string) => `set -gx ${name} '${value.replace(/[\\']/g, "\\$&")}'\n`,
    powershell: (name: string, value: string) => `$env:${name} = ${powershellQuoted(value)}\n`,
  }[shell];
  return Object.entries(variables)
    .map(([name, value]) => line(name, value))
    .join("");
}

/** The line that puts a folder in front of the shell's PATH, or nothing where it is there already. */
export function pathLine(folder: string, path: string, shell: Shell = "sh"): string {
  if (path.split(":").includes(folder)) return "";
  return {
    sh: `export PATH=${quote(folder)}:"$PATH"\n`,
    fish: `set -gx PATH '${folder.replace(/[\\']/g, "\\$&")}' $PATH\n`,
    powershell: `$env:PATH = ${powershellQuoted(folder)} + [IO.Path]::PathSeparator + $env:PATH\n`,
  }[shell];
}

/** PowerShell takes typographic quotes for quotes as well (about_Quoting_Rules). */
function powershellQuoted(text: string): string {
  return `'${text.replace(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}
