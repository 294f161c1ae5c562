import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Account } from "./account";
import { Effects } from "./effects";
import type { Machines } from "./hypervisor";
import { type Moto, startMoto } from "./moto";
import { portOf } from "./metadata";
import { makeGood } from "./omissions";
import { type Call, errorXml, parseCall, Refusal } from "./query";
import { refuseAsEc2 } from "./refusals";
import { spotAnswer, withSpotRequests } from "./spot";

/**
 * EC2 and IAM of one account, without AWS: moto keeps the books, what EC2 would refuse is refused, and each running
 * instance is a virtual machine of this computer that its Elastic IP leads to. Everything listens on loopback.
 */
export class Ec2 {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  /** Every call that came in, refused ones too. */
  readonly calls: Call[] = [];
  private readonly moto: Moto;
  private readonly effects: Effects | undefined;
  private readonly server: Server;

  private constructor(server: Server, moto: Moto, effects: Effects | undefined) {
    this.server = server;
    this.url = `http://127.0.0.1:${portOf(server)}`;
    this.moto = moto;
    this.effects = effects;
    server.on("request", (request, response) => void this.answer(request, response));
  }

  /** Without machines, instances are entries in moto's books and nothing else. */
  static async start(machines?: Machines): Promise<Ec2> {
    const moto = await startMoto();
    try {
      const server = createServer();
      await new Promise<void>((done, fail) => server.once("error", fail).listen(0, "127.0.0.1", done));
      return new Ec2(server, moto, machines && new Effects(machines));
    } catch (error) {
      await moto.stop();
      throw error;
    }
  }

  /** What the account has, asked past the records. */
  account(region: string): Account {
    return new Account(this.moto.client(region));
  }

  /** The end of an instance's console, for a test that has failed. */
  console(instance: string): string {
    return this.effects?.machines.console(instance) ?? "";
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
    await this.effects?.end();
    await this.moto.stop();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await bodyOf(request);
      const call = parseCall(request.headers, body);
      this.calls.push(call);
      const account = this.account(call.region);
      await refuseAsEc2(call, account);
      const { status, type, text } = await this.carryOut(call, account, request, body);
      response.writeHead(status, { "content-type": type });
      response.end(text);
    } catch (error) {
      const refusal = refusalOf(error);
      response.writeHead(refusal.code === "InternalError" ? 500 : 400, { "content-type": "text/xml" });
      response.end(errorXml(refusal));
    }
  }

  /** moto's part, between what has to be done before and what follows from it. */
  private async carryOut(call: Call, account: Account, request: IncomingMessage, body: string) {
    const own = spotAnswer(call) ?? (await this.effects?.instead(call));
    if (own !== undefined) return { status: 200, type: "text/xml", text: own };
    const after = await this.effects?.before(call, account);
    const answer = await fetch(this.moto.url, {
      method: "POST",
      headers: {
        authorization: request.headers.authorization ?? "",
        "content-type": request.headers["content-type"] ?? "",
      },
      body,
    });
    const text = withSpotRequests(await answer.text());
    if (answer.ok) {
      await makeGood(call, text, account);
      await after?.(text);
    }
    return { status: answer.status, type: answer.headers.get("content-type") ?? "text/xml", text };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** What moto says of a question that a check asked it is the answer as well, e.g. InvalidInstanceID.NotFound. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { name, message, $fault } = error as Error & { $fault?: string };
  return new Refusal($fault === "client" ? name : "InternalError", message);
}
