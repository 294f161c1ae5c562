// Runs one step of a stack's life and kills itself at the given point: node dying.mts <folder> <step> <point>
import { Stage } from "./harness.ts";
import { life } from "./program.ts";

const [folder = "", step = "", at = "0"] = process.argv.slice(2);
let point = 0;
const stage = new Stage(folder, () => {
  if (++point === Number(at)) process.kill(process.pid, "SIGKILL");
});
const program = life[step];
const failure = program ? await stage.up(program) : await stage.destroy();
if (failure) throw new Error(failure);
process.stdout.write(String(point));
