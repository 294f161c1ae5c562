import type { Server } from "node:http";
import { metadataService, portOf } from "../../../support/ec2/metadata";

let service: Server;
let url: string;

beforeAll(async () => {
  service = await metadataService(() =>
    Promise.resolve({
      "meta-data": { "instance-id": "i-1", placement: { region: "us-east-1" } },
      dynamic: {},
      "user-data": Buffer.from("#cloud-config\n{}"),
    }),
  );
  url = `http://127.0.0.1:${portOf(service)}/latest`;
});

afterAll(() => new Promise((done) => service.close(done)));

async function get(path: string): Promise<string> {
  const token = await (await fetch(`${url}/api/token`, { method: "PUT" })).text();
  const answer = await fetch(`${url}${path}`, { headers: { "X-aws-ec2-metadata-token": token } });
  return answer.ok ? answer.text() : String(answer.status);
}

test("a question without a token is refused, as IMDSv2 alone does", async () => {
  expect((await fetch(`${url}/meta-data/instance-id`)).status).toBe(401);
});

test("folders are listed, values are given, what isn't there is 404", async () => {
  expect(await get("/meta-data/")).toBe("instance-id\nplacement/");
  expect(await get("/meta-data/placement/region")).toBe("us-east-1");
  expect(await get("/meta-data/public-keys/")).toBe("404");
  expect(await get("/user-data")).toBe("#cloud-config\n{}");
});
