// A server of a test's own, beside a database of its own, with settings that others must not have.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const binary = process.env.GRANTOR_TEST_BINARY;

/** Why no server can be started here; `false` if one can. */
export const missingBinary = !binary && 'GRANTOR_TEST_BINARY names no server';

const freePort = () => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** Starts one with these settings, as environment variables. */
export async function startServer(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'grantor-own.'));
  const issuer = `http://localhost:${await freePort()}`;
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, GRANTOR_ISSUER: issuer, GRANTOR_DATABASE_URL: `sqlite://${folder}/grantor.db`, GRANTOR_LOG__FILTER: 'warn', ...settings };
  let log = '';
  const server = spawn(binary, ['serve'], { cwd: folder, env });
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => { log += text; });
  const isReady = () => fetch(`${issuer}/readyz`).then((answer) => answer.ok, () => false);
  for (let step = 0; step < 150 && !(await isReady()); step += 1) {
    if (server.exitCode !== null) throw new Error(`the server ended:\n${log}`);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  return {
    issuer,
    /** What it said so far. */
    log: () => log,
    /** Runs a command of the command line beside it. */
    run: (args, input) => execFileSync(binary, args, { cwd: folder, env, input, encoding: 'utf8' }),
    async stop() {
      const ended = new Promise((resolve) => { server.once('exit', resolve); });
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
