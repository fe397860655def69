import { createInterface } from 'node:readline/promises';
import { PatternPivotError } from '../domain/errors.ts';
import type { Shell } from './run-command.ts';

/**
 * Asks something before it is done that cannot be undone; no answer is no. @throws input.not_confirmed where nobody can be asked
 */
export async function askYesOrNo(shell: Shell, question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new PatternPivotError('input.not_confirmed', 'Nobody can be asked whether this is to be done.', {
      hint: 'Run it in a terminal, or add --yes.',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: shell.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: shell.signal });
    return /^y(?:es)?$/iu.test(answer.trim());
  } finally {
    terminal.close();
  }
}
