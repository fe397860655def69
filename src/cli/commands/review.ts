import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { serveReview } from '../../http/review-server.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import { openReview } from '../../recipes/review.ts';
import { openBrowser } from '../open-browser.ts';
import { addCommonOptions, readConfig, withSession, type CommonOptions, type Shell } from '../run-command.ts';
import { toPrintable } from '../terminal.ts';

type ReviewFlags = CommonOptions & { readonly port?: number; readonly open?: boolean };

/** Who decides what, and when: as it is written into `decisions.jsonl`. */
export function stampNow(): { id: string; at: string } {
  return { id: randomUUID(), at: new Date().toISOString() };
}

/** `pivot review`: a page on this machine to keep, reject, trim and fix clips. @returns by `done` the exit code */
export function addReviewCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('review')
    .summary('look at clips in the browser: keep, reject, trim, fix, render')
    .argument('<folder>', 'the clips of one source: clips/talk')
    .option('--port <n>', 'a port of your choice (default: any that is free)', parsePort)
    .option('--no-open', 'only print the address');
  addCommonOptions(command)
    .addHelpText('before', 'pivot make talk.mp4 --preview\npivot review clips/talk\n')
    .action(async (folder: string, flags: ReviewFlags) => {
      await runReview(folder, flags, shell);
      done(0);
    });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError('A port is a number from 1 to 65535.');
  }
  return port;
}

async function runReview(folder: string, flags: ReviewFlags, shell: Shell): Promise<void> {
  const config = await readConfig(shell, flags);
  await withSession(shell, flags, config, ({ app, say, paint }) =>
    withTemporaryFolder('review', async (previewFolder) => {
      const ports = { ...app.ports, stamp: stampNow };
      const review = await openReview(folder, { previewFolder }, ports);
      try {
        const server = await serveReview(review, { port: flags.port ?? 0 });
        try {
          if (flags.quiet === true) shell.stdout.write(`${server.url}\n`);
          say(`${paint('green', '●')} Review ${toPrintable(folder)} at ${paint('bold', server.url)}`);
          say(paint('dim', '  Only this machine can open it. Ctrl-C ends it; what you decided is kept.'));
          if (flags.open !== false) openBrowser(server.url);
          if (!shell.signal.aborted) await once(shell.signal, 'abort');
        } finally {
          await review.close();
          // The page is to hear of it before its connection is cut.
          await setTimeout(100);
          await server.close();
        }
      } finally {
        await review.close();
      }
    }),
  );
  if (flags.quiet !== true) shell.stderr.write('The review has ended.\n');
}
