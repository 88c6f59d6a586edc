export { HtmlReport, type HtmlReportOptions } from './callbacks/html_report.js';
export { JsonlLog } from './callbacks/jsonl_log.js';
export { ProgressBar, type ProgressBarOptions } from './callbacks/progress_bar.js';
export { TensorBoard } from './callbacks/tensor_board.js';
export type { BrokenOptions } from './data/broken.js';
export { type ReadConllOptions, readConll, type TaggedSentence } from './data/read_conll.js';
export { type JsonRow, readJsonl } from './data/read_jsonl.js';
export { excerpt, type ReadLinesOptions } from './data/read_lines.js';
export { type ReadPairsOptions, readPairs } from './data/read_pairs.js';
export { type ReadParquetOptions, readParquet } from './data/read_parquet.js';
export { readSquad, type SquadAnswer, type SquadQuestion } from './data/read_squad.js';
export { type ReadTableOptions, readTable } from './data/read_table.js';
export { type ReadTextOptions, readText } from './data/read_text.js';
export { placedAs, placeOf } from './data/row_places.js';
export { type MapInWorkersOptions, mapInWorkers } from './data/workers/map_in_workers.js';
export type { RowFunction, RowFunctionMaker } from './data/workers/row_function.js';
export * from './index.js';
export { escapeHtml } from './report/escape_html.js';
export {
  type ChartAxis,
  type ChartLine,
  type LineChart,
  lineChart,
  lineChartStyle,
} from './report/line_chart.js';
export type { Mark } from './report/scale.js';
export type { Point } from './report/thin.js';
export { CheckpointDirectory, type CheckpointDirectoryOptions } from './trainer/checkpoint_directory.js';
