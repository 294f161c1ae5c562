"use strict";

/**
 * What `--help` says about the commands that set-up runs itself; those of cli/ say it themselves. `options` are those that
 * a shell completes; `rest` says who takes the others.
 */
const helps = {
  setup: {
    does: "Does all the set-up for a stack, and makes nothing.",
    options: ["--stack"],
    examples: [
      ["", "for the stack dev"],
      ["--stack other", "for another one"],
    ],
  },
  preview: {
    does: "Shows what up would change, and changes nothing.",
    options: ["--stack", "--diff", "--json"],
    rest: "the engine's: pulumi preview",
    examples: [
      ["", "the stack dev"],
      ["--stack other --diff", "another one, each property"],
    ],
  },
  up: {
    does: "Does all the set-up, then makes what the stack's configuration says.",
    options: ["--stack", "--diff", "--json"],
    rest: "the engine's: pulumi up",
    examples: [
      ["", "the stack dev"],
      ["--stack other", "another one"],
    ],
  },
  destroy: {
    does: "Takes everything of a stack away: machine, images, containers, volumes, bundles. It doesn't ask.",
    options: ["--stack", "--json"],
    rest: "the engine's: pulumi destroy",
    examples: [
      ["", "the stack dev"],
      ["--stack other", "another one"],
    ],
  },
  pulumi: {
    does: "Runs the engine as pulumi would be run.",
    options: [],
    rest: "the engine's",
    examples: [
      ["stack output", "the stack's outputs"],
      ["stack history", "what was changed"],
    ],
  },
};

/** The text for `--help`; undefined where the command says it itself, or isn't asked. */
function helpOf(name, args) {
  const help = Object.hasOwn(helps, name) ? helps[name] : undefined;
  // `npm run pulumi -- up --help` is the engine's.
  const asked =
    name === "pulumi" ? /^(-h|--help)$/.test(args[0]) : args.some((one) => /^(-h|--help)$/.test(one));
  if (help === undefined || !asked) return undefined;
  const calls = help.examples.map(([words, does]) => [`npm run ${name}${words && ` -- ${words}`}`, does]);
  const width = Math.max(...calls.map(([call]) => call.length));
  return [
    `Usage: npm run ${name} -- [options]`,
    "",
    help.does,
    "",
    "Options:",
    ...(help.options.includes("--stack") ? ["  -s, --stack <name>  the stack (default: dev)"] : []),
    ...(help.rest ? [`  others are ${help.rest}`] : []),
    "",
    "Examples:",
    ...calls.map(([call, does]) => `  ${call.padEnd(width)}   ${does}`),
  ].join("\n");
}

module.exports = { helps, helpOf };
