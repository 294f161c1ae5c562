// npm run start [-- --stack NAME]: starts a machine that was stopped.
import { power } from "./shared/power.ts";
import { command } from "./shared/userError.ts";

await command(() => power(process.argv, "start"));
