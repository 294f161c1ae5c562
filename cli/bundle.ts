// npm run bundle -- CLIENT [form] [--stack NAME]: hands a client's bundle over.
//   npm run bundle -- alice --age age1…
//   npm run -s bundle -- ci --ci | gh secret set REMOTE_DOCKER_BUNDLE
import { bundleOf, onlyBySsh } from "./bundle/bundle.ts";
import { readArguments } from "./bundle/arguments.ts";
import { ciValue } from "./bundle/ciValue.ts";
import { writeEncrypted } from "./bundle/encrypted.ts";
import { writeFolder } from "./bundle/folder.ts";
import { instructions } from "./bundle/instructions.ts";
import { readPassphrase } from "./bundle/passphrase.ts";
import { readRecipients } from "./bundle/recipients.ts";
import { sshInstructions } from "./bundle/sshInstructions.ts";
import { shortName } from "./shared/clients.ts";
import { stackOutputs } from "./shared/engine.ts";
import { command } from "./shared/userError.ts";

await command(async () => {
  const { client, stack, form } = readArguments(process.argv);
  const recipients = form.kind === "age" ? readRecipients(form.recipients) : [];
  const outputs = await stackOutputs(stack);
  const way = onlyBySsh(outputs, client);
  if (client !== undefined && way !== undefined && form.kind === "instructions") {
    process.stdout.write(sshInstructions({ client, stack: shortName(stack) }, way));
    return;
  }
  const bundle = bundleOf(stack, outputs, client);
  switch (form.kind) {
    case "folder":
      return writeFolder(bundle, form.folder);
    case "age":
      return writeEncrypted(bundle, form.file, { recipients });
    case "passphrase":
      return writeEncrypted(bundle, form.file, { passphrase: await readPassphrase() });
    case "ci":
      process.stdout.write(await ciValue(bundle));
      return;
    case "instructions":
      process.stdout.write(instructions(bundle));
      return;
  }
});
