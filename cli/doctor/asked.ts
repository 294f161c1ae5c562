import type { X509Certificate } from "node:crypto";
import { request, type RequestOptions } from "node:https";
import { connect } from "node:net";
import type { TLSSocket } from "node:tls";

/** How the front door took a request. */
export interface Asked {
  /** Missing: there was no answer. */
  status?: number;
  body: string;
  /** The daemon's clock, milliseconds since 1970. */
  date?: number;
  /** What TLS has agreed on. */
  protocol?: string;
  cipher?: string;
  /** The server's certificate. */
  server?: X509Certificate;
  /** Why the server's certificate isn't believed; it is asked all the same. */
  untrusted?: string;
  error?: NodeJS.ErrnoException;
}

const patience = 10_000;

/** A GET, without believing the server's certificate. */
export function ask(options: RequestOptions): Promise<Asked> {
  return new Promise((resolve) => {
    const asked: Asked = { body: "" };
    const done = (more: Partial<Asked>) => {
      resolve({ ...asked, ...more });
      get.destroy();
    };
    const get = request(
      { ...options, agent: false, rejectUnauthorized: false, timeout: patience },
      (answer) => {
        answer.setEncoding("utf8");
        answer.on("data", (text: string) => (asked.body += text));
        answer.on("error", (error) => done({ error }));
        answer.on("end", () =>
          done({ status: answer.statusCode, date: Date.parse(answer.headers.date ?? "") || undefined }),
        );
      },
    );
    get.on("socket", (socket) =>
      socket.once("secureConnect", () => {
        const tls = socket as TLSSocket;
        asked.protocol = tls.getProtocol() ?? undefined;
        asked.cipher = tls.getCipher().name;
        asked.server = tls.getPeerX509Certificate();
        if (!tls.authorized) asked.untrusted = String(tls.authorizationError);
      }),
    );
    get.on("timeout", () => done({ error: new Error(`no answer within ${patience / 1000} s`) }));
    get.on("error", (error) => done({ error }));
    get.end();
  });
}

/** Milliseconds until a port takes a connection, or why it doesn't. */
export function reach(
  host: string,
  port: number,
  milliseconds = patience,
): Promise<number | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    const began = performance.now();
    const socket = connect({ host, port, timeout: milliseconds });
    const done = (result: number | NodeJS.ErrnoException) => {
      socket.destroy();
      resolve(result);
    };
    socket.on("connect", () => done(performance.now() - began));
    socket.on("timeout", () => done(Object.assign(new Error("timed out"), { code: "ETIMEDOUT" })));
    socket.on("error", done);
  });
}

/** What comes back for plain HTTP; nothing where the connection is closed. */
export function askInPlainText(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host, port, timeout: patience }, () =>
      socket.write(`GET /version HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    socket.on("data", (data) => (text += String(data)));
    socket.on("timeout", () => socket.destroy());
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
  });
}
