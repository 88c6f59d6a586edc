import { runtimeInfo, type SetupEvent, setUp } from '@chui/runtime/setup';
import { Command } from 'commander';

/** Shows a set-up as it goes: on a terminal one line that changes, elsewhere a line for each step. */
function progress(stream: NodeJS.WriteStream): (event: SetupEvent) => void {
  let step = '';
  return ({ stage, message, fraction }) => {
    const percent = fraction === undefined ? '' : ` ${Math.floor(fraction * 100)} %`;
    if (stream.isTTY) {
      stream.write(`\r\x1b[K${message}${percent}${stage === 'note' ? '\n' : ''}`);
      return;
    }
    const [title = message] = message.split(': ');
    if (stage !== 'note' && title === step) return;
    step = title;
    stream.write(`${message}\n`);
  };
}

/** `chui setup`: makes the native backend ready. */
export function setupCommand(): Command {
  return new Command('setup')
    .description('make the native backend ready: find or fetch TensorFlow, compile the addon, try it')
    .option('--gpu', 'take the CUDA build of TensorFlow and its CUDA libraries, about 5 GB')
    .option('--force', 'start over even if an earlier set-up is good')
    .action(async (options: { gpu?: boolean; force?: boolean }) => {
      const { stderr } = process;
      try {
        const result = await setUp({ ...options, report: progress(stderr) });
        if (stderr.isTTY) stderr.write('\r\x1b[K');
        const { version, source } = result.tensorflow;
        const state = result.reused ? 'was ready' : 'is ready';
        console.log(`the native backend ${state}: TensorFlow ${version} (${result.variant}, from ${source})`);
        if (options.gpu && runtimeInfo().device.type === 'cpu') {
          console.log('no GPU is found here: it computes on the CPU');
        }
      } finally {
        if (stderr.isTTY) stderr.write('\r\x1b[K');
      }
    });
}
