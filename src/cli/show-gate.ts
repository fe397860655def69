import type { GateFinding, GateReport } from '../domain/gate.ts';
import type { CheckedFilm } from '../recipes/gate/check-films.ts';
import { toPrintable, type Paint } from './terminal.ts';

/** What the gate says, for a person. */

/** One finding: what, how bad, where, and how to mend it. */
export function describeGateFinding(
  finding: GateFinding,
  overruled: GateReport['overruled'],
  paint: Paint,
): string[] {
  const { rule, severity, text, mend, fix } = finding;
  const word = overruled.find((one) => one.rule === rule);
  const mark = severity === 'stops' && word === undefined ? paint('red', '✗') : paint('yellow', '!');
  const judged = word === undefined ? severity : `overruled: ${toPrintable(word.why)}`;
  return [
    `  ${mark} ${paint('bold', rule)} (${judged})${describePlace(finding)}: ${toPrintable(text)}`,
    ...(word === undefined
      ? [paint('dim', `      ${toPrintable(mend)}${fix === undefined ? '' : ' --fix does it.'}`)]
      : []),
  ];
}

/** What was found in one film, and what was not looked at. */
export function describeChecked(checked: CheckedFilm, paint: Paint): string[] {
  const path = toPrintable(checked.path);
  if (checked.status === 'failed') {
    const { message, hint } = checked.error;
    return [
      `${paint('red', '✗')} ${path}: ${toPrintable(message)}`,
      ...(hint === undefined ? [] : [`  ${toPrintable(hint)}`]),
    ];
  }
  const { status, report, notes, mended } = checked;
  const [mark, word] =
    status === 'passed' ? [paint('green', '✓'), 'passes'] : [paint('red', '✗'), 'is stopped'];
  return [
    `${mark} ${path} ${word}`,
    ...mended.map((text) => `  ${paint('green', '✓')} ${toPrintable(text)}`),
    ...report.findings.flatMap((finding) => describeGateFinding(finding, report.overruled, paint)),
    ...notes.map((note) => paint('dim', `  · ${toPrintable(note)}`)),
  ];
}

function describePlace({ startMs, endMs, box }: GateFinding): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)}`;
  const time =
    startMs === undefined
      ? ''
      : ` at ${seconds(startMs)}${endMs === undefined ? '' : `–${seconds(endMs)}`} s`;
  const place =
    box === undefined ? '' : `, in the picture at x ${box.left}–${box.right}, y ${box.top}–${box.bottom}`;
  return `${time}${place}`;
}
