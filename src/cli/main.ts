import { CommanderError } from 'commander';
import { toErrorRecord } from '../domain/errors.ts';
import { createProgram } from './program.ts';
import { exitCodeOf, fromCommander, reportError } from './report-error.ts';

/** Ctrl-C twice within this time is one: a launcher passes on what the terminal has sent already. In ms. */
const sameSignalMs = 300;

/** After the first Ctrl-C the work has this long to stop by itself. In ms. */
const patienceMs = 8000;

/** Runs the command line of this process, and ends it with the right exit code. */
async function main(): Promise<void> {
  const { stdout, stderr, env } = process;
  const controller = new AbortController();
  listenForStop(controller);
  // Whoever reads our output may stop reading: `pivot moments talk.mp4 | head`.
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 5));
  }

  let exitCode = 0;
  const shell = { stdout, stderr, env, cwd: process.cwd(), signal: controller.signal };
  const args = process.argv.slice(2);
  try {
    const program = await createProgram(args, shell, (code) => {
      exitCode = code;
    });
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    exitCode = controller.signal.aborted ? 130 : exitCodeOf(error);
    if (exitCode !== 0) {
      const shown = controller.signal.aborted ? new DOMException('Stopped.', 'AbortError') : error;
      if (args.includes('--json')) {
        const record = shown instanceof CommanderError ? fromCommander(shown) : toErrorRecord(shown);
        stdout.write(`${JSON.stringify({ event: 'error', error: record })}\n`);
      }
      reportError(shown, stderr, env, args.find((arg) => !arg.startsWith('-')) ?? '');
    }
  }
  process.exitCode = exitCode;
  // What is written to a pipe is not there yet: the process ends when it is, and waits for nothing else.
  stdout.write('', () => stderr.write('', () => process.exit(exitCode)));
}

function listenForStop(controller: AbortController): void {
  let stoppedAt: number | undefined;
  const stop = () => {
    const now = performance.now();
    if (stoppedAt !== undefined) {
      if (now - stoppedAt > sameSignalMs) process.exit(130);
      return;
    }
    stoppedAt = now;
    controller.abort();
    setTimeout(() => process.exit(130), patienceMs).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // Started under an older Node, this is the launcher's child: it must not outlive it, however that ends.
  if (process.env['PATTERNPIVOT_LAUNCHED'] !== undefined) {
    process.on('disconnect', () => process.exit(130));
    process.channel?.unref();
  }
}

await main();
