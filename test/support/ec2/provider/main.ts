import { builtIn } from "../../../../engine/providers/registry.ts";

// The offline engine's command line with one provider more: node test/support/ec2/provider/main.ts up …
builtIn.aws = async () => (await import("./provider.ts")).awsProvider;
await import("../../../../engine/main.ts");
