import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CleanUp } from './tempDir.js';

/** Answers everybody with this text over HTTP, until the test is over. @returns the port */
export async function webPage(test: CleanUp, text: string): Promise<number> {
  const server = createServer((_request, response) => response.end(text));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return (server.address() as AddressInfo).port;
}
