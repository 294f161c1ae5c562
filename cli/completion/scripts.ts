import type { CompletedShell } from "./arguments.ts";
import type { Words } from "./words.ts";

/** Of names alone, which have nothing that a shell would read in another way. */
type Table = Record<string, Words>;

/** Stacks are known by their files, clients by their bundles: nobody is asked. */
const stacks = "find . -maxdepth 1 -name 'Pulumi.*.yaml' | sed 's,^./Pulumi\\.,,; s/\\.yaml$//'";
const clients =
  'find "$HOME/.docker/remote" -mindepth 2 -maxdepth 2 -type d -exec basename {} \\; 2>/dev/null';

/** A script that a shell evaluates. */
export function completionScript(shell: CompletedShell, table: Table): string {
  return { bash: inBash, zsh: inZsh, fish: inFish }[shell](table);
}

const cases = (table: Table, line: (words: Words) => string) =>
  Object.entries(table)
    .map(([name, words]) => `    ${name}) ${line(words)} ;;`)
    .join("\n");

/** Prints what may come; $1: the command, $2: the word before. The same in bash and zsh. */
function candidates(table: Table): string {
  return `_remote_docker_words() {
  case $2 in
    --stack | -s) ${stacks}; return ;;
    --client) ${clients}; return ;;
  esac
  case $1 in
${cases(table, ({ options, choices, takesClient }) => `printf '%s\\n' ${[...choices, ...options].join(" ")}${takesClient ? `; ${clients}` : ""}`)}
    *) printf '%s\\n' ${Object.keys(table).join(" ")} ;;
  esac
}`;
}

/** Which word of a line is the command's name; nothing where the line isn't one of these commands'. Zero is the first. */
const position = `_remote_docker_at() {
  local at=1
  case $1 in
    remote-docker | */remote-docker) echo 1; return ;;
    npx) [ "\${2-}" = remote-docker ] && echo 2; return ;;
    npm) ;;
    *) return ;;
  esac
  shift
  [ "\${1-}" = run ] || return
  shift; at=2
  while [ "\${1-}" = -s ] || [ "\${1-}" = --silent ]; do shift; at=$((at + 1)); done
  [ "\${2-}" = -- ] && echo "$at"
}`;

function inBash(table: Table): string {
  return `${candidates(table)}
${position}
_remote_docker() {
  local at name="" word=\${COMP_WORDS[COMP_CWORD]}
  at=$(_remote_docker_at "\${COMP_WORDS[@]}")
  if [ -z "$at" ] || [ "$COMP_CWORD" -lt "$at" ]; then
    [ "$1" = npm ] && [ -n "\${_remote_docker_npm-}" ] && "$_remote_docker_npm" "$@"
    return
  fi
  [ "$COMP_CWORD" -gt "$at" ] && name=\${COMP_WORDS[at]}
  COMPREPLY=($(compgen -W "$(_remote_docker_words "$name" "\${COMP_WORDS[COMP_CWORD - 1]}")" -- "$word"))
}
_remote_docker_npm=$(complete -p npm 2>/dev/null | sed -n 's/.*-F \\([^ ]*\\) .*/\\1/p')
[ "$_remote_docker_npm" = _remote_docker ] && _remote_docker_npm=
complete -o default -F _remote_docker remote-docker npx npm
`;
}

function inZsh(table: Table): string {
  return `${candidates(table)}
${position}
_remote_docker() {
  local at name=""
  at=$(_remote_docker_at "\${words[@]}")
  if [[ -z $at ]] || (( CURRENT - 1 < at )); then
    if [[ $words[1] == npm && -n $_remote_docker_npm ]]; then $_remote_docker_npm; else _default; fi
    return
  fi
  (( CURRENT - 1 > at )) && name=$words[at+1]
  compadd -- \${(f)"$(_remote_docker_words "$name" "$words[CURRENT-1]")"}
}
_remote_docker_npm=\${_comps[npm]}
[[ $_remote_docker_npm == _remote_docker ]] && _remote_docker_npm=
compdef _remote_docker remote-docker npx npm
`;
}

function inFish(table: Table): string {
  const lines = Object.entries(table).flatMap(([name, { options, choices, takesClient }]) => {
    const when = (command: string) =>
      `complete -c ${command} -n '__remote_docker_is ${name}' -f -a '${[...choices, ...options].join(" ")}${takesClient ? " (__remote_docker_clients)" : ""}'`;
    return ["remote-docker", "npx", "npm"].map(when);
  });
  return `function __remote_docker_is
  set -l words (commandline -opc)
  switch "$words[1]"
    case remote-docker
      test "$words[2]" = $argv[1]
    case npx
      test "$words[2]" = remote-docker; and test "$words[3]" = $argv[1]
    case npm
      string match -qr -- "^npm run( -s| --silent)* $argv[1] --( |\\$)" "$words"
    case '*'
      return 1
  end
end
function __remote_docker_clients
  for folder in ~/.docker/remote/*/*/
    basename $folder
  end
end
complete -c remote-docker -n 'test (count (commandline -opc)) -eq 1' -f -a '${Object.keys(table).join(" ")}'
complete -c npx -n 'test "$(commandline -opc)" = "npx remote-docker"' -f -a '${Object.keys(table).join(" ")}'
${lines.join("\n")}
`;
}
