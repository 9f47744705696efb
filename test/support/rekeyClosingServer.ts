import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, realpath } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import ssh2, {
  type AuthContext,
  type Connection,
  type ParsedKey,
  type PublicKeyAuthContext,
  type Session,
} from 'ssh2';
import type { SshEndpoint } from '../../src/remote/host.js';
import { runOverChannel } from './channelProgram.js';
import { makeSshKey } from './sshKeys.js';
import { type CleanUp, removeFolder } from './tempDir.js';

/**
 * Starts a {@link RekeyClosingServer} on loopback with its own keys and home; it ends with the test.
 * @param keysLastBytes what a connection carries, both ways together, until it is due for new keys
 */
export async function startRekeyClosingServer(
  test: CleanUp,
  keysLastBytes: number,
): Promise<RekeyClosingServer> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'trainyard-rekey-')));
  const server = new RekeyClosingServer(folder, keysLastBytes);
  test.after(async () => {
    await server.stop();
    await removeFolder(folder);
  });
  await server.start();
  return server;
}

/**
 * An SSH server, the one of ssh2 over real TCP, that cannot change keys: when they are due it begins with a KEXINIT, as any
 * server does, and closes the connection right behind it: every other time with a DISCONNECT, else it hangs up, which may
 * cost the client what was sent last, KEXINIT and all. What is on its way to it by then is lost, and what runs over the
 * connection is killed, where OpenSSH would let programs find their pipes closed. Whether keys are due it looks when
 * something comes in. A client that begins a change of keys itself would get it; ours never does. It lets one key in and
 * runs command lines: no SFTP, no terminals, nothing forwarded.
 */
export class RekeyClosingServer {
  readonly #home: string;
  readonly #keyFile: string;
  readonly #hostKeyFile: string;
  readonly #keysLastBytes: number;
  readonly #listener = createServer({ noDelay: true }, (socket) => this.#join(socket));
  readonly #sockets = new Set<Socket>();
  readonly #programs = new Set<Promise<void>>();
  #port = 0;
  #letIn: ParsedKey | undefined;
  #hostKey = Buffer.alloc(0);
  #endedBytes = 0;
  #keyChanges = 0;

  constructor(folder: string, keysLastBytes: number) {
    this.#home = join(folder, 'home');
    this.#keyFile = join(folder, 'id_ed25519');
    this.#hostKeyFile = join(folder, 'host_ed25519');
    this.#keysLastBytes = keysLastBytes;
  }

  /** Where and how to log in. */
  get endpoint(): SshEndpoint {
    return {
      kind: 'ssh',
      host: '127.0.0.1',
      port: this.#port,
      user: userInfo().username,
      identityFiles: [this.#keyFile],
      identitiesOnly: true,
    };
  }

  /** Bytes that came and went so far, over all connections. */
  get bytesMoved(): number {
    return [...this.#sockets].reduce((sum, socket) => sum + bytesOf(socket), this.#endedBytes);
  }

  /** How many changes of keys began, each the end of a connection. */
  get keyChanges(): number {
    return this.#keyChanges;
  }

  /** Makes home and keys and listens. Called by {@link startRekeyClosingServer}. */
  async start(): Promise<void> {
    await mkdir(this.#home);
    this.#letIn = parseKey(await makeSshKey(this.#keyFile));
    await makeSshKey(this.#hostKeyFile);
    this.#hostKey = await readFile(this.#hostKeyFile);
    await once(this.#listener.listen(0, '127.0.0.1'), 'listening');
    const address = this.#listener.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.#port = address.port;
  }

  /** Ends the server, every connection and what runs over it. */
  async stop(): Promise<void> {
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([...this.#sockets].map((socket) => once(socket, 'close')));
    await Promise.all(this.#programs);
  }

  /** Each connection gets a server of its own, since ssh2 does not say which socket a connection has. */
  #join(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#endedBytes += bytesOf(socket);
    });
    const serve = (connection: Connection): void => this.#serve(connection, socket);
    new ssh2.Server({ hostKeys: [this.#hostKey] }, serve).injectSocket(socket);
  }

  #serve(connection: Connection, socket: Socket): void {
    const gone = new AbortController();
    let isGood = true;
    socket.on('data', () => {
      if (isGood && bytesOf(socket) >= this.#keysLastBytes) {
        isGood = false;
        this.#failToChangeKeys(connection, socket);
      }
    });
    connection
      // A client that went is no failure of the server.
      .on('error', () => undefined)
      .once('close', () => gone.abort())
      .on('authentication', (login) => this.#admit(login))
      .on('session', (accept) => this.#open(accept(), gone.signal));
  }

  #admit(login: AuthContext): void {
    if (login.method === 'publickey' && isBy(this.#letIn, login)) login.accept();
    else login.reject(['publickey']);
  }

  #open(session: Session, signal: AbortSignal): void {
    const closed = new AbortController();
    const over = AbortSignal.any([signal, closed.signal]);
    const surroundings = { cwd: this.#home, env: { HOME: this.#home, PATH: process.env.PATH } };
    session.once('close', () => closed.abort());
    session.on('exec', (accept, _reject, { command }) => {
      const program = runOverChannel(accept(), command, surroundings, over);
      this.#programs.add(program);
      void program.finally(() => this.#programs.delete(program));
    });
  }

  #failToChangeKeys(connection: Connection, socket: Socket): void {
    this.#keyChanges += 1;
    connection.rekey();
    if (this.#keyChanges % 2 === 0) connection.end();
    else socket.destroySoon();
  }
}

function parseKey(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}

/** Whether a login is with this key: a client may ask without a signature first. */
function isBy(key: ParsedKey | undefined, { key: { data }, ...login }: PublicKeyAuthContext): boolean {
  if (key?.getPublicSSH().equals(data) !== true) return false;
  if (login.signature === undefined) return true;
  // What cannot be verified comes back as an error, whatever the types say.
  const verdict: unknown = key.verify(login.blob ?? Buffer.alloc(0), login.signature, login.hashAlgo);
  return verdict === true;
}

function bytesOf({ bytesRead, bytesWritten }: Socket): number {
  return bytesRead + bytesWritten;
}
