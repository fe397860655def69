import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { hasRecords, openRecords, prepareRecords } from '../../app/compose-records.ts';
import type { Config } from '../../app/config.ts';
import { defaultLibraryFolder } from '../../app/library.ts';
import { recordsKinds, type RecordsKind } from '../../app/records-config.ts';
import { errorStatuses, PatternPivotError } from '../../domain/errors.ts';
import type { Records } from '../../ports/records.ts';
import { copyRecords, type CopiedCollection } from '../../recipes/records/copy.ts';
import { countRecords, type CountedCollection } from '../../recipes/records/count.ts';
import { print, withSession, type Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, type LibraryOptions } from '../run-library.ts';
import { formatBytes, padColumns, toPrintable } from '../terminal.ts';

type CopyFlags = LibraryOptions & {
  readonly from: RecordsKind;
  readonly to: RecordsKind;
  readonly overwrite?: boolean;
  readonly dryRun?: boolean;
};
type PlaceFlags = LibraryOptions & { readonly in?: RecordsKind };

/** `pivot records`: where what is known of assets and channels lives. @returns by `done` the exit code */
export function addRecordsCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const records = program
    .command('records')
    .summary('where the library keeps what it knows; move it to a cloud and back')
    .helpCommand(false)
    .addHelpText(
      'before',
      'pivot records create-table --in dynamodb\npivot records copy --from sqlite --to dynamodb\npivot records count\n',
    )
    .addHelpText('after', '\ndocs/records.md says what each store needs and costs.');

  const creating = records
    .command('create-table')
    .summary('make the DynamoDB table, or have the bucket throw away what has expired')
    .addOption(placeOption('--in <store>', 'which store (default: records.kind)'))
    .option('--json', 'what became of it, as JSON');
  addLibraryOptions(creating)
    .addHelpText(
      'before',
      'pivot records create-table --in dynamodb\nPATTERNPIVOT_RECORDS_DYNAMODB_TABLE=talks pivot records create-table --in dynamodb\n',
    )
    .action(async (flags: PlaceFlags) => done(await runCreate(flags, shell)));

  const copying = records
    .command('copy')
    .summary('copy everything into another store, and compare the two')
    .addOption(placeOption('--from <store>', 'the source').makeOptionMandatory())
    .addOption(placeOption('--to <store>', 'the target').makeOptionMandatory())
    .option('--overwrite', "take the source's where the target has a newer one")
    .option('--dry-run', 'say what would be copied')
    .option('--json', 'what became of each collection, as JSON');
  addLibraryOptions(copying)
    .addHelpText(
      'before',
      'pivot records copy --from sqlite --to dynamodb\npivot records copy --from google-storage --to sqlite --dry-run\n',
    )
    .addHelpText('after', '\nStopped or killed, it goes on where it was when it is run again.')
    .action(async (flags: CopyFlags) => done(await runCopy(flags, shell)));

  const counting = records
    .command('count')
    .summary('how much there is, and a hash of it')
    .addOption(placeOption('--in <store>', 'which store (default: records.kind)'))
    .option('--json', 'as JSON');
  addLibraryOptions(counting)
    .addHelpText('before', 'pivot records count\npivot records count --in dynamodb --json\n')
    .action(async (flags: PlaceFlags) => done(await runCount(flags, shell)));
}

const placeOption = (flags: string, text: string) => new Option(flags, text).choices([...recordsKinds]);

/** These print one document, and no events on the way. */
const withoutEvents = <T extends LibraryOptions>({ json: _, ...flags }: T) => flags;

async function runCreate(flags: PlaceFlags, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags);
  const kind = flags.in ?? config.records.kind;
  return withSession(shell, withoutEvents(flags), config, async ({ context, say, paint }) => {
    const made = await prepareRecords({ config, kind }, context.signal);
    if (flags.json === true) await print(shell, `${JSON.stringify(made, undefined, 2)}\n`);
    const { name, isNew, clearsExpired } = made;
    say(`${paint('green', '✓')} The ${toPrintable(name)} is ready${isNew ? '' : '; it was before'}.`);
    if (!clearsExpired) {
      say(
        paint('yellow', '  It does not throw away by itself what has expired: pivot sync does so each time.'),
      );
    }
    say(`  ${describeNext(config, kind)}`);
    return 0;
  });
}

async function runCopy(flags: CopyFlags, shell: Shell): Promise<number> {
  const { from, to, overwrite, dryRun } = flags;
  const config = await readLibraryConfig(shell, flags);
  if (from === to) {
    throw new PatternPivotError('input.same_store', `Both are ${from}: there is nothing to copy.`, {
      hint: 'pivot records copy --from sqlite --to dynamodb',
    });
  }
  return withSession(shell, withoutEvents(flags), config, async ({ context, say, complain, paint }) => {
    const copied = await withRecords({ config, shell, kind: from, mustExist: true }, (source) =>
      withRecords({ config, shell, kind: to, mustExist: false }, (target) => {
        const wish = { source, target, mayOverwrite: overwrite === true, isDryRun: dryRun === true };
        return copyRecords(wish, context);
      }),
    );
    if (flags.json === true) await print(shell, `${JSON.stringify(copied, undefined, 2)}\n`);
    else for (const line of describeCopied(copied, dryRun === true)) say(line);
    const isAllThere = copied.every(({ keptCount, tooLargeCount }) => keptCount + tooLargeCount === 0);
    if (isAllThere) {
      if (copied.length === 0) say(`There are no records in ${from}.`);
      else if (dryRun !== true) {
        say(`${paint('green', '✓')} Everything in ${from} is in ${to}.`);
        if (config.records.kind !== to) say(`  ${describeNext(config, to)}`);
      }
      return 0;
    }
    for (const line of describeLeft(copied, to)) complain(`${paint('yellow', '!')} ${line}`);
    return errorStatuses.conflict.exitCode;
  });
}

async function runCount(flags: PlaceFlags, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags);
  const kind = flags.in ?? config.records.kind;
  return withSession(shell, withoutEvents(flags), config, async ({ context, say }) => {
    const counted = await withRecords({ config, shell, kind, mustExist: true }, (records) =>
      countRecords(records, context),
    );
    if (flags.json === true) await print(shell, `${JSON.stringify(counted, undefined, 2)}\n`);
    else for (const line of describeCounted(counted)) await print(shell, `${line}\n`);
    if (counted.length === 0) say(`There are no records in ${kind}.`);
    return 0;
  });
}

/** Opens records of a kind for as long as they are needed. @throws not_found.library */
async function withRecords<T>(
  place: {
    readonly config: Config;
    readonly shell: Shell;
    readonly kind: RecordsKind;
    readonly mustExist: boolean;
  },
  run: (records: Records) => Promise<T>,
): Promise<T> {
  const { config, shell, kind, mustExist } = place;
  const folder = resolve(config.library.folder ?? defaultLibraryFolder(process.platform, shell.env));
  if (mustExist && !(await hasRecords({ kind, folder }))) {
    throw new PatternPivotError('not_found.library', `There is no library in ${folder}`, {
      hint: 'Name the one that is meant with --library.',
      context: { folder },
    });
  }
  const { records } = await openRecords({ config, env: shell.env, kind, folder });
  try {
    return await run(records);
  } finally {
    await records.close();
  }
}

function describeNext(config: Config, kind: RecordsKind): string {
  return config.records.kind === kind
    ? 'The library keeps its records there.'
    : `To work with them there, set records.kind to ${kind} (PATTERNPIVOT_RECORDS_KIND).`;
}

/** Columns of text, all but the first set right. */
function alignRows(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? padColumns(cell, widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

const formatCount = (count: number) => count.toLocaleString('en');

function describeCopied(copied: readonly CopiedCollection[], isDryRun: boolean): string[] {
  if (copied.length === 0) return [];
  const head = ['', isDryRun ? 'to write' : 'written', 'the same', 'left', 'only there', 'SHA-256'];
  const rows = copied.map((each) => [
    toPrintable(each.collection),
    formatCount(each.writtenCount),
    formatCount(each.sameCount),
    formatCount(each.keptCount + each.tooLargeCount),
    formatCount(each.extraCount),
    each.sha256?.slice(0, 12) ?? '–',
  ]);
  return alignRows([head, ...rows]);
}

function* describeLeft(copied: readonly CopiedCollection[], to: RecordsKind): Generator<string> {
  for (const { collection, keptCount, tooLargeCount, leftIds } of copied) {
    const name = toPrintable(collection);
    if (keptCount > 0)
      yield `${name}: ${to} has ${formatCount(keptCount)} newer or other than the source's; kept. --overwrite takes the source's.`;
    if (tooLargeCount > 0) yield `${name}: ${formatCount(tooLargeCount)} too long for ${to}; not copied.`;
    const shown = leftIds.slice(0, 5).map(toPrintable).join(', ');
    if (shown !== '') yield `  ${shown}${keptCount + tooLargeCount > 5 ? ' …' : ''}`;
  }
}

function describeCounted(counted: readonly CountedCollection[]): string[] {
  if (counted.length === 0) return [];
  const rows = counted.map(({ collection, count, valueBytes, sha256 }) => [
    toPrintable(collection),
    formatCount(count),
    formatBytes(valueBytes),
    sha256.slice(0, 12),
  ]);
  return alignRows([['', 'records', 'size', 'SHA-256'], ...rows]);
}
