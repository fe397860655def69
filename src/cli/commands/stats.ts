import type { Command } from 'commander';
import { Option } from 'commander';
import { PatternPivotError } from '../../domain/errors.ts';
import { readStats } from '../../recipes/youtube/stats.ts';
import type { MetricStats } from '../../stages/stats/measure.ts';
import { chartWidth, plotSvg } from '../../stages/stats/plot-svg.ts';
import { plotText } from '../../stages/stats/plot-text.ts';
import { describeReport, metricTitles, type StatsReport } from '../../stages/stats/report.ts';
import { formatChange, formatCount, formatDay, formatRate } from '../../stages/stats/scale.ts';
import { counterPoints, metricNames, type MetricName } from '../../stages/stats/series.ts';
import { writeStatsPage } from '../../stages/stats/stats-page.ts';
import { assertOutputPlace, writeTextFile } from '../output-file.ts';
import { parseCount, parseDate } from '../parse-option.ts';
import { print, type Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary, type LibraryOptions } from '../run-library.ts';
import { createPaint, measureColumns, padColumns, shorten, toPrintable, type Paint } from '../terminal.ts';

type StatsFlags = LibraryOptions & {
  readonly since?: string;
  readonly metric?: MetricName;
  readonly videos?: number;
  readonly svg?: string;
  readonly html?: string;
};

/** A plot is no wider than this, in columns: a line is hard to follow across a wide screen. */
const widestPlot = 100;
const plotRows = 12;

/** `pivot stats`: how a channel or a video fared. @returns by `done` the exit code */
export function addStatsCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('stats')
    .summary('how a channel or a video fares: growth, rates and charts')
    .argument('[name]', 'a channel or video: id, @handle, address or title (default: the only channel)')
    .option('--since <date>', 'only from then on, 2026-05-01', parseDate)
    .addOption(new Option('--metric <name>', 'what is plotted (default: views)').choices(metricNames))
    .option('--videos <count>', 'the videos of a channel that grew most', parseCount)
    .option('--svg <file>', 'the chart as a picture (SVG)')
    .option('--html <file>', 'everything as one page that works from disk')
    .option('--json', 'everything as JSON');
  addLibraryOptions(command)
    .addHelpText(
      'before',
      'pivot stats @channel --since 2026-05-01\npivot stats dQw4w9WgXcQ --html stats.html\n',
    )
    .action(async (named: string | undefined, flags: StatsFlags) =>
      done(await runStats(named, flags, shell)),
    );
}

async function runStats(named: string | undefined, flags: StatsFlags, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags);
  const { json, svg, html, since, videos, metric: wanted, ...common } = flags;
  for (const path of [svg, html]) if (path !== undefined) await assertOutputPlace(path, 'text');
  return withLibrary(shell, common, config, async ({ library, context, say, paint }) => {
    const report = await readStats(
      library.records,
      { named, since, videoCount: videos ?? 0 },
      context.signal,
    );
    if (svg !== undefined) {
      const metric = needMetric(report, wanted);
      const words = { title: report.subject.title, metric: metricTitles[metric.name] };
      const shape = { width: chartWidth, id: 'chart', isAlone: true };
      await writeTextFile(
        svg,
        `${plotSvg(metric, counterPoints(report.series, metric.name), words, shape)}\n`,
      );
      say(`${paint('green', '✓')} ${toPrintable(svg)}`);
    }
    if (html !== undefined) {
      await writeTextFile(html, writeStatsPage(report, new Date()));
      say(`${paint('green', '✓')} ${toPrintable(html)}`);
    }
    if (json === true) await print(shell, `${JSON.stringify(describeReport(report), undefined, 2)}\n`);
    else if (svg === undefined && html === undefined) await print(shell, describe(report, wanted, shell));
    return 0;
  });
}

/** What is plotted: what was asked for, else views, else whatever there is. */
function needMetric({ metrics, subject }: StatsReport, wanted: MetricName | undefined): MetricStats {
  const found = metrics.find(({ name }) => name === (wanted ?? 'views'));
  const other = wanted === undefined ? metrics[0] : undefined;
  if (found !== undefined) return found;
  if (other !== undefined) return other;
  const what = wanted ?? 'counts';
  throw new PatternPivotError(
    'not_found.metric',
    `No ${what} of ${subject.title} are known: YouTube does not count them there, or hides them.`,
    { hint: `There are: ${metrics.map(({ name }) => name).join(', ') || 'none'}.` },
  );
}

function describe(report: StatsReport, wanted: MetricName | undefined, shell: Shell): string {
  const { subject, series, metrics, notes } = report;
  const paint = createPaint(shell.stdout, shell.env);
  const columns = Math.max(40, shell.stdout.isTTY ? shell.stdout.columns : 80);
  const [from, to] = [series.points[0]?.atMs ?? 0, series.points.at(-1)?.atMs ?? 0];
  const about = [
    subject.of,
    ...(subject.handle === undefined ? [] : [subject.handle]),
    from === to ? formatDay(from) : `${formatDay(from)} to ${formatDay(to)}`,
    `${formatCount(series.snapshotCount)} ${series.snapshotCount === 1 ? 'snapshot' : 'snapshots'}`,
  ].join(' · ');
  const plotted = needMetric(report, wanted);
  const plot = plotText(counterPoints(series, plotted.name), plotted.gaps, {
    columns: Math.min(widestPlot, columns - 1),
    rows: plotRows,
  });
  return [
    paint('bold', shorten(toPrintable(subject.title), columns - 1)),
    paint('dim', shorten(toPrintable(about), columns - 1)),
    '',
    ...figureTable(metrics, paint),
    ...(plot.length === 0 ? [] : ['', paint('dim', metricTitles[plotted.name]), ...plot]),
    ...videoLines(report, columns, paint),
    '',
    ...notes.flatMap((note) => wrap(`· ${toPrintable(note)}`, columns - 1)).map((line) => paint('dim', line)),
    ...wrap('· Counts are YouTube’s; growth and rates are computed by PatternPivot.', columns - 1).map(
      (line) => paint('dim', line),
    ),
    '',
  ].join('\n');
}

function figureTable(metrics: readonly MetricStats[], paint: Paint): string[] {
  const rate = (value: number | undefined) => (value === undefined ? '–' : formatRate(value));
  const rows = [
    ['', 'now', 'growth', 'a day', '7 days', '28 days'],
    ...metrics.map(({ name, last, change, perDay, perDay7, perDay28 }) => [
      metricTitles[name],
      formatCount(last.value),
      perDay === undefined ? '–' : formatChange(change),
      rate(perDay),
      rate(perDay7),
      rate(perDay28),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(...rows.map((row) => measureColumns(row[column] ?? ''))),
  );
  return rows.map((row, index) => {
    const line = row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? padColumns(cell, width) : ' '.repeat(width - measureColumns(cell)) + cell;
      })
      .join('  ');
    return index === 0 ? paint('dim', line) : line;
  });
}

function videoLines({ videos }: StatsReport, columns: number, paint: Paint): string[] {
  if (videos === undefined || videos.length === 0) return [];
  const rows = videos.map(({ title, views, change, perDay }) => ({
    figures: [formatCount(views), formatChange(change), perDay === undefined ? '–' : formatRate(perDay)],
    title: toPrintable(title),
  }));
  const head = { figures: ['views', 'growth', 'a day'], title: '' };
  const widths = head.figures.map((_cell, column) =>
    Math.max(...[head, ...rows].map(({ figures }) => (figures[column] ?? '').length)),
  );
  return [
    '',
    ...[head, ...rows].map(({ figures, title }, index) => {
      const cells = figures.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ');
      const line = shorten(`${cells}  ${title}`, columns - 1).trimEnd();
      return index === 0 ? paint('dim', line) : line;
    }),
  ];
}

/** Breaks a line between words; what follows the first is set in as the first one's text is. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && measureColumns(`${line} ${word}`) > columns) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
