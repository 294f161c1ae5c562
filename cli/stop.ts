// npm run stop [-- --stack NAME]: shuts the machine down; what is on its disks stays.
import { power } from "./shared/power.ts";
import { command } from "./shared/userError.ts";

await command(() => power(process.argv, "stop"));
