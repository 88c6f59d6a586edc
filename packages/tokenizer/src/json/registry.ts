import type { JsonNode } from './json_node.js';

/** Builds a component from its JSON; the registry is there for components that hold others. */
export type Factory<C> = (json: JsonNode, registry: Registry<C>) => C;

/** The components of one kind, by the `type` that names them in a tokenizer.json. */
export class Registry<C> {
  private readonly factories: Map<string, Factory<C>>;

  /** @param typeByFields names the type of what has no `type`, if its fields tell */
  constructor(
    private readonly kind: string,
    factories: Record<string, Factory<C>>,
    private readonly typeByFields: (json: JsonNode) => string | undefined = () => undefined,
  ) {
    this.factories = new Map(Object.entries(factories));
  }

  /** @throws Error that names the type and its place in the file if it is unknown or damaged */
  build(json: JsonNode): C {
    const type = json.get('type');
    const name = type.value === undefined ? this.typeByFields(json) : undefined;
    const factory = this.factories.get(name ?? type.string());
    if (!factory) throw type.error(`must be a known ${this.kind} (${[...this.factories.keys()].join(', ')})`);
    return factory(json, this);
  }

  /** Builds nothing from null. */
  buildOptional(json: JsonNode): C | undefined {
    return json.isNull ? undefined : this.build(json);
  }
}
