import type { Variable } from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';

type Layer = layers.Layer;

/** What a layer is made of, where it is a model or wraps another. */
function partsOf(layer: Layer): Layer[] {
  const { layers: inner, layer: wrapped } = layer as { layers?: Layer[]; layer?: Layer };
  return inner ?? (wrapped ? [wrapped] : []);
}

/** The Dropout layers of a model, those of models and wrappers in it too. */
export function dropoutsOf(layer: Layer): Layer[] {
  if (layer.getClassName() === 'Dropout') return [layer];
  return partsOf(layer).flatMap(dropoutsOf);
}

/**
 * The weights of a tf.LayersModel by names that are the same in every process: those of the layers around them and their
 * own, with dots. Where tfjs made up a layer's name, which it numbers through, the layer is called by its class and its
 * number among those of its model.
 */
export function namedWeights(model: LayersModel): [name: string, weight: Variable][] {
  const named = new Map<Variable, string>();
  const visit = (parent: Layer, path: string) => {
    const counts = new Map<string, number>();
    for (const layer of (parent as LayersModel).layers) {
      const own = `${path}${portableName(layer, counts)}.`;
      if ((layer as { layers?: Layer[] }).layers) visit(layer, own);
      else nameWeights(layer, own, named);
    }
  };
  visit(model, '');
  return [...named].map(([weight, name]) => [name, weight]);
}

function portableName(layer: Layer, counts: Map<string, number>): string {
  const kind = layer.getClassName();
  const [, begin] = new RegExp(`^(.*)_${kind}\\d+$|^(?:sequential|model|container)_?\\d+$`).exec(
    layer.name,
  ) ?? ['', layer.name];
  if (begin === layer.name) return layer.name;
  const count = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, count);
  return `${begin ?? kind.toLowerCase()}_${count}`;
}

function nameWeights(layer: Layer, path: string, named: Map<Variable, string>): void {
  const begin = `${layer.name}/`;
  const taken = new Set<string>();
  for (const weight of layer.weights) {
    const variable = weight.read() as Variable;
    if (named.has(variable)) continue;
    const { originalName } = weight;
    const whole = originalName.startsWith(begin) ? originalName.slice(begin.length) : originalName;
    // What a cell or a wrapped layer owns is named after that, which tfjs may have named.
    const own = originalName.startsWith(begin) ? whole : whole.slice(whole.lastIndexOf('/') + 1);
    let name = own.replaceAll('/', '.');
    for (let count = 2; taken.has(name); count++) name = `${own.replaceAll('/', '.')}_${count}`;
    taken.add(name);
    named.set(variable, path + name);
  }
}
