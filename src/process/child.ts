import { fork, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromErrorRecord, PatternPivotError, toErrorRecord, type ErrorRecord } from '../domain/errors.ts';

/**
 * Child processes of our own: native code (FFmpeg, model runtimes) runs in them, so that a crash or a cancel costs one
 * piece of work and not the program. A child dies with its parent, however the parent dies: it watches the channel.
 */

/** What the parent sends: a call, or the wish to stop one. */
type Request = { id: number; method: string; input: unknown } | { cancel: number };

/** What the child sends back: progress any number of times, then a result or an error. */
type Reply =
  { id: number; event: unknown } | { id: number; result: unknown } | { id: number; error: ErrorRecord };

/** One running child process, as its parent sees it. */
export interface Child {
  /** Calls a method in the child. @throws what the method threw; `tool.child_died` when the process ended */
  call<T>(method: string, input: unknown, options?: CallOptions): Promise<T>;
  /** Ends the process and waits until it is gone. */
  close(): Promise<void>;
  readonly pid: number | undefined;
}

/** How one call is watched and stopped. */
export type CallOptions = { signal?: AbortSignal; onEvent?: (event: unknown) => void };

/** Where and how a child runs. */
export type ChildOptions = {
  cwd?: string;
  /** Added to the parent's environment, from which secrets (`…KEY`, `…TOKEN`, `…SECRET`, `…PASSWORD`) are taken out. */
  env?: Readonly<Record<string, string>>;
  /** Words for error messages: "the renderer". */
  title: string;
};

const secretName = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL/iu;

/** How much of what the child wrote to its error stream is kept for an error message, in characters. */
const keptStderrChars = 4000;

/**
 * The path of a child module that lies beside its parent module: `./render.child` is `.ts` in a checkout, `.js` in a build.
 * Call it as `childModulePath(import.meta.url, './render.child')`.
 */
export function childModulePath(parentUrl: string, relative: string): string {
  return fileURLToPath(new URL(relative + extname(new URL(parentUrl).pathname), parentUrl));
}

/** Starts a child process that runs a module which calls {@link serveParent}. */
export function startChild(modulePath: string, options: ChildOptions): Child {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !secretName.test(name)));
  const child = fork(modulePath, [], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...env, NODE_NO_WARNINGS: '1', ...options.env },
    execArgv: [],
    serialization: 'advanced',
    // Its own process group is not wanted: Ctrl-C must reach it too, and it ignores that and waits to be told.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return superviseChild(child, options.title);
}

function superviseChild(child: ChildProcess, title: string): Child {
  const calls = new Map<number, { settle: (reply: Reply | PatternPivotError) => void }>();
  let nextId = 1;
  let stderr = '';
  let ended: PatternPivotError | undefined;

  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (text: string) => {
    stderr = (stderr + text).slice(-keptStderrChars);
  });
  child.on('message', (reply: Reply) => calls.get(reply.id)?.settle(reply));
  const gone = new Promise<void>((resolve) => {
    const end = (why: string) => {
      ended ??= new PatternPivotError('tool.child_died', `${title} stopped unexpectedly (${why}).`, {
        retryable: true,
        context: { stderr: stderr.trim() },
      });
      for (const call of calls.values()) call.settle(ended);
      resolve();
    };
    child.on('exit', (code, signal) => end(signal ?? `exit code ${code}`));
    child.on('error', (error) => end(error.message));
  });

  return {
    get pid() {
      return child.pid;
    },
    call<T>(method: string, input: unknown, { signal, onEvent }: CallOptions = {}): Promise<T> {
      if (ended !== undefined) return Promise.reject(ended);
      signal?.throwIfAborted();
      const id = nextId++;
      return new Promise<T>((resolve, reject) => {
        const onAbort = () => child.connected && child.send({ cancel: id } satisfies Request);
        const finish = () => {
          calls.delete(id);
          signal?.removeEventListener('abort', onAbort);
          if (calls.size === 0) setKeepsAlive(child, false);
        };
        calls.set(id, {
          settle: (reply) => {
            if (!(reply instanceof PatternPivotError) && 'event' in reply) return onEvent?.(reply.event);
            finish();
            if (reply instanceof PatternPivotError) return reject(reply);
            if ('error' in reply) return reject(fromErrorRecord(reply.error));
            resolve(reply.result as T);
          },
        });
        signal?.addEventListener('abort', onAbort, { once: true });
        setKeepsAlive(child, true);
        child.send({ id, method, input } satisfies Request, (error) => {
          if (error !== null && calls.has(id)) {
            finish();
            reject(
              ended ??
                new PatternPivotError('tool.child_died', `${title} cannot be reached.`, {
                  cause: error,
                  retryable: true,
                }),
            );
          }
        });
      });
    },
    async close() {
      ended ??= new PatternPivotError('tool.child_closed', `${title} was closed.`);
      // Whoever waits for the end must not be left waiting: an idle child alone would let the program end first.
      setKeepsAlive(child, true);
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** An idle child must not keep the program from ending; a busy one must. */
function setKeepsAlive(child: ChildProcess, keepsAlive: boolean): void {
  const how = keepsAlive ? 'ref' : 'unref';
  child[how]();
  child.channel?.[how]();
  // A child's error stream is a socket, whatever its type says.
  (child.stderr as Socket | null)?.[how]();
}

/** What a method in a child may use: the wish to stop, and a way to tell the parent something on the way. */
export type MethodContext = { signal: AbortSignal; emit: (event: unknown) => void };

/** The child's side: answers the parent's calls with these methods, and exits when the parent is gone. */
export function serveParent(
  methods: Readonly<Record<string, (input: never, context: MethodContext) => Promise<unknown>>>,
): void {
  const running = new Map<number, AbortController>();
  const send = (reply: Reply) => process.connected && process.send?.(reply);

  // Ctrl-C in a terminal reaches the whole group: the parent decides when a child ends.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit(0));
  process.on('message', async (request: Request) => {
    if ('cancel' in request) return running.get(request.cancel)?.abort();
    const { id, method, input } = request;
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const run = methods[method];
      if (run === undefined) throw new PatternPivotError('tool.unknown_method', `No method ${method}.`);
      const result = await run(input as never, {
        signal: controller.signal,
        emit: (event) => send({ id, event }),
      });
      send({ id, result });
    } catch (error) {
      send({ id, error: toErrorRecord(error) });
    } finally {
      running.delete(id);
    }
  });
}
