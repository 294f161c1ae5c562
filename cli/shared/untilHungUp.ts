/** A script whose command ends with the connection: the command itself would notice only when it writes again. */
export function untilHungUp(command: string): string {
  return `
    exec 3<&0
    ${command} </dev/null &
    cat <&3 >/dev/null &
    wait -n
    kill $(jobs -p) 2>/dev/null`;
}
