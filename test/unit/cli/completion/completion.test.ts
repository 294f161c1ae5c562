import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, succeeded } from "../../../support/run";

jest.setTimeout(60_000);

const checkout = join(__dirname, "../../../..");
const folder = mkdtempSync(join(tmpdir(), "completion-"));
const home = join(folder, "home");
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  mkdirSync(join(home, ".docker/remote/dev/alice"), { recursive: true });
  writeFileSync(join(folder, "Pulumi.other.yaml"), "");
  for (const shell of ["bash", "zsh", "fish"]) {
    const words = [process.execPath, join(checkout, "cli/completion.ts"), shell];
    writeFileSync(join(folder, `completion.${shell}`), succeeded(await run(words)).stdout);
  }
});

/** What each shell's own functions are asked, where a terminal isn't there. */
const asked: Record<string, string> = {
  bash: `
    _other() { COMPREPLY=(npm-s-own); }; complete -F _other npm
    . ./completion.bash
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _remote_docker "$1"; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: `
    typeset -A _comps; compdef() { :; }; _default() { :; }; compadd() { shift; print -l -- $@; }
    _other() { print npm-s-own; }; _comps[npm]=_other
    . ./completion.zsh
    words=("$@") CURRENT=$#; _remote_docker`,
  fish: `
    complete -c npm -n 'test (count (commandline -opc)) -eq 1' -f -a npm-s-own
    source completion.fish
    complete -C "$argv" | string replace -r '\\t.*' ''; true`,
};

async function completed(shell: string, line: string): Promise<string[]> {
  const words = line.split(" ");
  const more = shell === "fish" ? words : ["shell", ...words];
  const env = { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
  const { stdout } = succeeded(await run([shell, "-c", asked[shell], ...more], { cwd: folder, env }));
  const begin = words.at(-1)!;
  return stdout.split("\n").filter((word) => word !== "" && word.startsWith(begin));
}

describe.each(["bash", "zsh", "fish"])("%s", (shell) => {
  test.each([
    ["npm run status -- --w", ["--watch"]],
    ["npm run -s logs -- fir", ["first-boot"]],
    ["npx remote-docker logs d", ["dockerd"]],
    ["remote-docker sta", ["start", "status"]],
    ["npm run bundle -- al", ["alice"]],
  ])("completes %j", async (line, expected) => {
    expect((await completed(shell, line)).sort()).toEqual(expected);
  });

  // fish has words of its own for npm besides.
  test("leaves npm's other words to what completed them before", async () => {
    expect(await completed(shell, "npm ")).toContain("npm-s-own");
  });
});

test.each(["bash", "zsh"])(
  "%s knows the stacks by their files, and clients by their bundles",
  async (shell) => {
    expect(await completed(shell, "npm run up -- --stack ")).toEqual(["other"]);
    expect(await completed(shell, "npm run doctor -- --client ")).toEqual(["alice"]);
  },
);

test("every command of the README's table is completed", async () => {
  const { stdout } = succeeded(await run(["cat", join(folder, "completion.bash")]));
  const named = [...readFileSync(join(checkout, "README.md"), "utf8").matchAll(/npm run (?:-s )?([a-z]+)/g)];
  for (const [, name] of named) expect(stdout).toContain(`    ${name}) printf`);
});
