import { type RuntimeInfo, runtimeInfo } from '@chui/runtime/setup';
import { Command } from 'commander';

const yesOrNo = (value: boolean | null): string => (value === null ? 'not known' : value ? 'yes' : 'no');

const SOURCES = {
  wheel: 'the pinned wheel',
  python: "Python's tensorflow",
  directory: '$CHUI_TENSORFLOW_DIR',
  upstream: "upstream's binary",
} as const;

/** The lines of `chui info`: a name, and what is there. */
function describe(info: RuntimeInfo): [string, string][] {
  const { tensorflow, addon, oneDnn, cuda, device, threads } = info;
  const devices = device.all?.map(({ name }) => name.replace(/^.*\/device:/, '')).join(', ');
  const from = { CHUI_THREADS: '$CHUI_THREADS', cores: 'one for each core', wasm: 'WASM in Node has one' };
  const lines: [string, string][] = [
    ['backend', info.reason ? `${info.backend} (${info.reason})` : info.backend],
    ['device', devices ? `${device.type} (${devices})` : device.type],
  ];
  if (tensorflow) {
    const variant = tensorflow.variant === 'gpu' ? ', CUDA build' : '';
    lines.push(['TensorFlow', `${tensorflow.version} from ${SOURCES[tensorflow.source]}${variant}`]);
    lines.push(['', tensorflow.directory]);
  }
  if (addon) {
    lines.push(
      ['addon', addon.compiler ? `compiled with ${addon.compiler}` : "upstream's"],
      ['', addon.path],
    );
  }
  if (tensorflow) {
    const off = oneDnn?.builtIn && !oneDnn.enabled ? ', switched off by TF_ENABLE_ONEDNN_OPTS' : '';
    lines.push(['oneDNN', `${yesOrNo(oneDnn?.builtIn ?? null)}${off}`], ['XLA', yesOrNo(info.xla)]);
    lines.push(['bfloat16', info.bfloat16 === false ? 'no: computed in float32' : yesOrNo(info.bfloat16)]);
    if (cuda) {
      lines.push(['CUDA', `${cuda.version}${cuda.cudnn ? `, cuDNN ${cuda.cudnn}` : ''}`]);
      lines.push(['', cuda.libraries ?? "the system's libraries"]);
    } else lines.push(['CUDA', tensorflow.source === 'upstream' ? 'not known' : 'no']);
  }
  lines.push(['threads', `${threads.count} (${from[threads.source]})`]);
  lines.push(['Node', `${info.node.version} on ${info.platform}`], ['', info.node.executable]);
  return lines;
}

/** `chui info`: what chui computes with here, and where it came from. */
export function infoCommand(): Command {
  return new Command('info')
    .description('print what chui computes with here, and where it came from')
    .option('--json', 'print it as JSON')
    .action(({ json }: { json?: boolean }) => {
      const info = runtimeInfo();
      if (json) console.log(JSON.stringify(info, null, 2));
      else for (const [name, value] of describe(info)) console.log(`${name.padEnd(12)}${value}`);
    });
}
