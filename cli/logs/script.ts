import { frontDoorUnit } from "../audit/history.ts";
import { untilHungUp } from "../shared/untilHungUp.ts";
import type { LogsArguments } from "./arguments.ts";

/** The first boot's log: cloud-init's, and where there is one the program's own. */
const firstBootLogs = "/var/log/cloud-init-output.log /var/log/remote-docker-first-boot.log";

/** Said by {@link logScript}'s script where a host has no first boot of this program's. */
export const noFirstBoot = 3;

/** A script for the machine that prints a log; of what the user typed it has numbers and words of a list. */
export function logScript(wanted: LogsArguments): string {
  const { source, follow } = wanted;
  const command = source === "first-boot" ? firstBoot(wanted) : journal(wanted);
  const check =
    source === "first-boot"
      ? `
    files=()
    for file in ${firstBootLogs}; do [[ -e $file ]] && files+=("$file"); done
    if (( \${#files[@]} == 0 )); then exit ${noFirstBoot}; fi`
      : "";
  return `${check}\n${follow ? untilHungUp(command) : `${command} </dev/null`}`;
}

function firstBoot({ lines, follow }: LogsArguments): string {
  return `tail -q ${follow ? "--follow=name" : ""} -n ${lines ?? "+1"} "\${files[@]}" 2>/dev/null`;
}

function journal({ source, since, lines, follow, json }: LogsArguments): string {
  const unit = source === "dockerd" ? "docker.service" : frontDoorUnit;
  const begin =
    since === undefined
      ? ""
      : "at" in since
        ? `--since=@${Math.floor(since.at / 1000)}`
        : `--since=@$(($(date +%s) - ${Math.floor(since.ago / 1000)}))`;
  const format = json ? "-o json --output-fields=MESSAGE,PRIORITY,_PID --all" : "-o short-iso";
  // With --follow alone journalctl would begin with ten lines.
  const count = `-n ${lines ?? "all"}`;
  return `journalctl -q --no-pager -u ${unit} ${format} ${begin} ${count} ${follow ? "--follow" : ""}`;
}
