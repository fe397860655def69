import type { GraphInput } from '../../media/render-graph.ts';
import type { GraphPart } from './graph-part.ts';

/**
 * Several pictures as one filter graph in which nothing is done twice: what reads the same is read once, and chains that do the same to the
 * same are one chain. So variations that share a cut share its decoding and scaling, whatever is drawn on it after. Pure text.
 */

/** Pictures merged: the label that each part's end has now, in the parts' order. Two parts that are the same end in the same label. */
export type MergedPart = GraphPart & { readonly ends: readonly string[] };

/** A chain of a filter text: `[in]scale=2:2,format=gray[out]`. */
type Chain = { readonly from: readonly string[]; readonly body: string; readonly to: readonly string[] };

/** Merges the pictures of parts, each of which ends in `[end]`. Labels of the result begin with `prefix`. */
export function mergeParts(parts: readonly GraphPart[], end: string, prefix: string): MergedPart {
  const inputs = new Map<string, GraphInput>();
  const chains = new Map<string, Chain>();
  let count = 0;
  const newLabel = () => `${prefix}${count++}`;
  const ends: string[] = [];
  for (const [index, part] of parts.entries()) {
    const labels = new Map<string, string>();
    for (const input of part.inputs) {
      for (const [known, merged] of addInput(inputs, input, index, newLabel)) labels.set(known, merged);
    }
    for (const chain of part.lines.flatMap(parseLine)) {
      const from = chain.from.map((label) => labels.get(label) ?? label);
      const key = `${from.join(' ')}|${chain.body.replaceAll(instanceName, '$1@')}|${chain.to.length}`;
      let merged = chains.get(key);
      if (merged === undefined) {
        const to = chain.to.map(newLabel);
        merged = { from, body: chain.body.replaceAll(instanceName, `$1@${to[0] ?? newLabel()}`), to };
        chains.set(key, merged);
      }
      for (const [place, label] of chain.to.entries()) labels.set(label, merged.to[place] ?? label);
    }
    ends.push(labels.get(end) ?? end);
  }
  return { inputs: [...inputs.values()], lines: splitShared([...chains.values()], ends, newLabel), ends };
}

/** The names that commands find filters by: they must differ in one graph, and are the same in two that do the same. */
const instanceName = /\b(crop)@[\w.-]+/gu;

/** Sound that is drawn is not shared: it is split by other means, and costs next to nothing. @returns the labels, old and new */
function addInput(
  inputs: Map<string, GraphInput>,
  input: GraphInput,
  partIndex: number,
  newLabel: () => string,
): (readonly [string, string])[] {
  if (!('kind' in input)) {
    const streams = input.streams.map(({ index, label }) => ({ index, label, merged: newLabel() }));
    const named = streams.map(({ index, merged }) => ({ index, label: merged }));
    inputs.set(`${partIndex} ${newLabel()}`, { ...input, streams: named });
    return streams.map(({ label, merged }) => [label, merged] as const);
  }
  const what = JSON.stringify({ ...input, label: undefined });
  const key = input.kind === 'pictures' ? what : `${partIndex} ${input.label} ${what}`;
  const known = inputs.get(key);
  if (known !== undefined && 'kind' in known) return [[input.label, known.label]];
  const label = newLabel();
  inputs.set(key, { ...input, label });
  return [[input.label, label]];
}

/** The chains of a line; some lines hold several. */
function parseLine(line: string): Chain[] {
  return line.split(/;(?=\[)/u).map((text) => {
    const match = /^((?:\[[^\]]+\])*)([\s\S]*?)((?:\[[^\]]+\])*)$/u.exec(text);
    const [, from = '', body = '', to = ''] = match ?? [];
    return { from: readLabels(from), body, to: readLabels(to) };
  });
}

function readLabels(text: string): string[] {
  return [...text.matchAll(/\[([^\]]+)\]/gu)].map(([, label = '']) => label);
}

/** A label can be read once: one that several read is split. Ends that are the same are given out once. */
function splitShared(chains: readonly Chain[], ends: readonly string[], newLabel: () => string): string[] {
  const readers = new Map<string, number>();
  for (const label of [...chains.flatMap(({ from }) => from), ...new Set(ends)]) {
    readers.set(label, (readers.get(label) ?? 0) + 1);
  }
  const shared = new Map<string, string[]>();
  const splits: string[] = [];
  const isEnd = new Set(ends);
  for (const [label, count] of readers) {
    if (count < 2) continue;
    // What comes out at the end keeps its name, so what is split has to get another.
    const copies = Array.from({ length: count }, (_, index) =>
      index === 0 && isEnd.has(label) ? label : newLabel(),
    );
    const source = isEnd.has(label) ? newLabel() : label;
    splits.push(`[${source}]split=${count}${copies.map((copy) => `[${copy}]`).join('')}`);
    shared.set(label, isEnd.has(label) ? [source, ...copies.slice(1)] : ['', ...copies]);
  }
  const bracket = (label: string) => `[${label}]`;
  const lines = chains.map(({ from, body, to }) => {
    const read = from.map((label) => takeCopy(shared.get(label)) ?? label);
    const written = to.map((label) => (isEnd.has(label) ? (shared.get(label)?.[0] ?? label) : label));
    return `${read.map(bracket).join('')}${body}${written.map(bracket).join('')}`;
  });
  return [...lines, ...splits];
}

/** The next copy of a shared label; its first place is kept for the source's new name. */
function takeCopy(copies: string[] | undefined): string | undefined {
  return copies?.splice(1, 1)[0];
}
