import { z } from "zod";
import { maybeInstant, maybeText } from "./common.ts";

export const job = z
  .object({
    id: z.int(),
    dag_id: maybeText,
    dag_display_name: maybeText,
    state: maybeText,
    job_type: maybeText,
    start_date: maybeInstant,
    end_date: maybeInstant,
    latest_heartbeat: maybeInstant,
    executor_class: maybeText,
    hostname: maybeText,
    unixname: maybeText,
  })
  .meta({ id: "JobResponse" });
export const jobCollection = z.object({ jobs: z.array(job), total_entries: z.int() }).meta({ id: "JobCollectionResponse" });

export const provider = z
  .object({ package_name: z.string(), description: z.string(), version: z.string(), documentation_url: maybeText })
  .meta({ id: "ProviderResponse" });
export const providerCollection = z
  .object({ providers: z.array(provider), total_entries: z.int() })
  .meta({ id: "ProviderCollectionResponse" });

const names = z.array(z.string());
export const plugin = z
  .object({
    name: z.string(),
    source: z.string(),
    macros: names,
    timetables: names,
    listeners: names,
    operator_extra_links: names,
    global_operator_extra_links: names,
    flask_blueprints: names,
    fastapi_apps: names,
    fastapi_root_middlewares: names,
    external_views: names,
    react_apps: names,
    appbuilder_views: names,
    appbuilder_menu_items: names,
  })
  .meta({ id: "PluginResponse" });
export const pluginCollection = z.object({ plugins: z.array(plugin), total_entries: z.int() }).meta({ id: "PluginCollectionResponse" });

const configOption = z
  .object({ key: z.string(), value: z.union([z.string(), z.tuple([z.string(), z.string()])]) })
  .meta({ id: "ConfigOption" });
const configSection = z.object({ name: z.string(), options: z.array(configOption) }).meta({ id: "ConfigSection" });
export const config = z.object({ sections: z.array(configSection) }).meta({ id: "Config" });
