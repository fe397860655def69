import type { Command } from 'commander';
import type { Passage } from '../../domain/library.ts';
import { askLibrary, type Answer } from '../../recipes/library/ask.ts';
import { assertQuery } from '../../recipes/library/find.ts';
import { showPath } from '../film-options.ts';
import { print, type Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary, type LibraryOptions } from '../run-library.ts';
import { formatPassages, formatTimes, formatWords } from '../show-passages.ts';
import { createPaint, shorten, toPrintable, type Paint } from '../terminal.ts';
import { addScopeOptions, type ScopeFlags } from './find.ts';

type AskFlags = LibraryOptions & ScopeFlags;

/** So many passages are shown to a model: enough for what is said in several videos, few enough to be read. */
const passagesShown = 12;

/** `pivot ask`: a question answered from a library, each claim with the video and the time. @returns by `done` the exit code */
export function addAskCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('ask')
    .summary('answer a question from what was said, with receipts')
    .argument('<question>', 'in your own words');
  addScopeOptions(command, { defaultLimit: passagesShown }).option('--json', 'as JSON');
  addLibraryOptions(command)
    .addHelpText(
      'before',
      'pivot ask "why do audiences leave?"\npivot ask "what did we say on pricing?" --after 2024\n',
    )
    .action(async (question: string, flags: AskFlags) => done(await runAsk(question, flags, shell)));
}

async function runAsk(question: string, flags: AskFlags, shell: Shell): Promise<number> {
  assertQuery(question);
  const config = await readLibraryConfig(shell, flags);
  // It prints one document, and no events on the way.
  const { json, ...quietly } = flags;
  return withLibrary(shell, quietly, config, async ({ library, app, context, say }) => {
    const { from, speaker, after, before, limit } = flags;
    const ports = { ...app.ports, embedder: await app.openEmbedder() };
    const request = { question, from, speaker, after, before, limit };
    const answer = await askLibrary(library, request, ports, context);
    if (json === true) {
      await print(shell, `${JSON.stringify(describeAnswer(answer), undefined, 2)}\n`);
      return 0;
    }
    for (const note of answer.notes) say(`! ${toPrintable(note)}`);
    const text = formatAnswer(answer, shell, createPaint(shell.stdout, shell.env));
    if (text !== '') await print(shell, text);
    if (answer.struck.length > 0) {
      say(`! ${sayStruck(answer.struck.length)}`);
      for (const struck of answer.struck) {
        say(`  struck: ${shorten(toPrintable(struck.text), 90)}  (${struck.why})`);
      }
    }
    if (answer.passages.length === 0 && answer.notes.length === 0) say('Nobody says anything on that.');
    return 0;
  });
}

function sayStruck(count: number): string {
  return count === 1
    ? 'One claim of the model was struck: the passages do not bear it out.'
    : `${count} claims of the model were struck: the passages do not bear them out.`;
}

/** An answer as JSON: every claim with its sources themselves, not only their numbers. */
function describeAnswer({ claims, passages, ...rest }: Answer): unknown {
  return {
    ...rest,
    claims: claims.map(({ text, quote, passages: numbers }) => ({
      text,
      quote,
      sources: numbers.flatMap((number) => passages[number - 1] ?? []),
    })),
    passages,
  };
}

function formatAnswer({ claims, passages, question }: Answer, shell: Shell, paint: Paint): string {
  if (claims.length === 0) return formatPassages(passages, question, shell, paint);
  const columns = shell.stdout.isTTY ? shell.stdout.columns : undefined;
  return claims
    .map(({ text, quote, passages: numbers }) => {
      const receipts = numbers.flatMap((number) => {
        const passage = passages[number - 1];
        return passage === undefined ? [] : [formatReceipt(passage, shell, paint)];
      });
      const said = formatWords(`“${toPrintable(quote)}”`, question, columns, paint);
      return `${formatWords(toPrintable(text), '', columns, paint).slice(2)}\n${said}\n${receipts.join('')}`;
    })
    .join('\n');
}

function formatReceipt(passage: Passage, shell: Shell, paint: Paint): string {
  const { title, path } = passage;
  const times = paint('cyan', formatTimes(passage));
  return `    ${times}  ${toPrintable(title)}  ${paint('dim', showPath(path, shell))}\n`;
}
