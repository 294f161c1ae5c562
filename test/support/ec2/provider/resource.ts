import { CreateTagsCommand, DeleteTagsCommand } from "@aws-sdk/client-ec2";
import {
  type Context,
  plain,
  type PropertyMap,
  type ResourceType,
} from "../../../../engine/providers/provider.ts";
import { withDefaults, withoutNulls } from "../../../../engine/providers/shape.ts";
import { changedNames } from "../../../../engine/steps/plan.ts";
import { ec2, ifThere, tagChange, type Tags } from "./api.ts";

/** A resource of the official provider's, as far as the program uses it. */
export interface Kind<Inputs> {
  /** Inputs that change in place; any other one that isn't known here is refused. */
  updates?: (keyof Inputs & string)[];
  /** Inputs that change by a replacement ("Changes to this property will trigger replacement"). */
  replaces?: (keyof Inputs & string)[];
  /** Inputs that keep their value when they are taken away ("Optional" and "Computed" upstream). */
  keeps?: (keyof Inputs & string)[];
  /** Whether an input that else changes in place needs a replacement this time. */
  mustReplace?(name: string, olds: Inputs, news: Inputs): boolean;
  defaults?: PropertyMap;
  /** Whether it has tags of EC2's, which change in place. Default true. */
  tags?: boolean;
  /** What a name that the program doesn't give is made of: as Pulumi's own. */
  create(inputs: Inputs, context: Context): Promise<string>;
  /** What the API tells of it besides the inputs; undefined: it is gone. */
  read(id: string, inputs: Inputs): Promise<PropertyMap | undefined>;
  update?(id: string, change: Change<Inputs>, context: Context): Promise<void>;
  /** A thing that is gone already is no error. */
  delete(id: string, inputs: Inputs, context: Context): Promise<unknown>;
}

export interface Change<Inputs> {
  olds: Inputs;
  news: Inputs;
  /** Whether one of the inputs differs. */
  has(...names: (keyof Inputs & string)[]): boolean;
}

export function resource<Inputs>(kind: Kind<Inputs>): ResourceType {
  const { updates = [], replaces = [], keeps = [], defaults = {}, tags = true } = kind;
  const known = [...updates, ...replaces, ...(tags ? ["tags"] : [])];
  return {
    check(news) {
      const inputs = withDefaults(withoutNulls(news), defaults);
      const strangers = Object.keys(inputs).filter((name) => !known.includes(name));
      const reason = `is nothing that the emulation's provider knows; known are ${known.join(", ")}`;
      return { inputs, failures: strangers.map((property) => ({ property, reason })) };
    },
    diff(olds, news) {
      const changed = changesOf(olds.inputs, news);
      const [before, after] = [plain(olds.inputs) as Inputs, plain(news) as Inputs];
      const must = (name: string) =>
        (replaces as string[]).includes(name) || kind.mustReplace?.(name, before, after) === true;
      return { changed, replace: changed.filter(must) };
    },
    async create(inputs, context) {
      const given = plain(inputs) as Inputs;
      const id = await kind.create(given, context);
      return { id, outputs: { ...inputs, ...(await outputs(id, given)) } };
    },
    async read(id, { inputs, outputs: known }) {
      const found = await kind.read(id, plain(inputs) as Inputs);
      return found && { id, inputs, outputs: { ...known, ...found } };
    },
    async update(id, olds, news, context) {
      const [before, after] = [plain(olds.inputs) as Inputs, plain(news) as Inputs];
      const changed = changesOf(olds.inputs, news);
      if (tags && changed.includes("tags")) await retag(id, tagsOf(before), tagsOf(after));
      const has = (...names: string[]) => names.some((name) => changed.includes(name));
      await kind.update?.(id, { olds: before, news: after, has }, context);
      return { outputs: { ...news, ...(await outputs(id, after)) } };
    },
    async delete(id, { inputs }, context) {
      await ifThere(kind.delete(id, plain(inputs) as Inputs, context));
    },
  };

  function changesOf(olds: PropertyMap, news: PropertyMap): string[] {
    const kept = (name: string) => news[name] === undefined && (keeps as string[]).includes(name);
    return changedNames(olds, news).filter((name) => !kept(name));
  }

  async function outputs(id: string, inputs: Inputs): Promise<PropertyMap> {
    const found = await kind.read(id, inputs);
    if (!found) throw new Error(`${id} is gone as soon as it was made or changed`);
    return tags ? { ...found, tagsAll: tagsOf(inputs) } : found;
  }
}

function tagsOf(inputs: unknown): Tags {
  return (inputs as { tags?: Tags }).tags ?? {};
}

export async function retag(id: string, olds: Tags, news: Tags): Promise<void> {
  const { gone, changed } = tagChange(olds, news);
  const Resources = [id];
  if (gone.length > 0) {
    await ec2.send(
      new DeleteTagsCommand({ Resources, Tags: gone.map((Key) => ({ Key, Value: olds[Key] })) }),
    );
  }
  if (changed.length > 0) await ec2.send(new CreateTagsCommand({ Resources, Tags: changed }));
}

/** The properties without those that the API says nothing of. */
export function present(properties: Record<string, unknown>): PropertyMap {
  return Object.fromEntries(
    Object.entries(properties).filter(([, value]) => value !== undefined),
  ) as PropertyMap;
}
