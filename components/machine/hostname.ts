/** The machine's own name, fit for a host, e.g. `remote-docker-dev` for the stack `dev`. */
export function hostname(stack: string): string {
  const name = `remote-docker-${stack.toLowerCase().replace(/[^a-z0-9-]/g, "-")}`;
  return name.slice(0, 63).replace(/-+$/, "");
}
