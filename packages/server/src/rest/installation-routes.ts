import { PolyflowError } from "@polyflow/contracts";
import { z } from "zod";
import { globally } from "../access/policy.ts";
import { cutPage, paging } from "../http/query.ts";
import type { ShownOption } from "../installation.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import { config, pluginCollection, providerCollection } from "./schemas/installation-schemas.ts";

const name = z.string().min(1).max(250);

/** What this installation is made of: configuration, providers, plugins. */
export function addInstallationRoutes(app: App, context: RestContext): void {
  addConfigRoutes(app, context);
  addProviderRoute(app, context);
  addPluginRoute(app, context);
}

function addConfigRoutes(app: App, { installation }: RestContext): void {
  const options = (): readonly ShownOption[] => {
    if (installation.configuration !== undefined) return installation.configuration();
    throw new PolyflowError(
      "not_allowed",
      "The configuration is not shown here. An administrator can set [webserver] expose_config = True.",
    );
  };
  app.get(
    "/api/v2/config",
    {
      config: { policy: globally("read", "Configurations") },
      schema: {
        tags: ["Config"],
        summary: "Get the configuration, secrets masked",
        querystring: z.strictObject({ section: name.optional() }),
        response: { 200: config, ...errors.one },
      },
    },
    async (request) => {
      const { section } = request.query;
      const found = options().filter((option) => section === undefined || option.section === section);
      if (found.length === 0 && section !== undefined)
        throw new PolyflowError("config_option_unknown", `There is no section [${section}].`);
      return inSections(found);
    },
  );

  app.get(
    "/api/v2/config/section/:section/option/:option",
    {
      config: { policy: globally("read", "Configurations") },
      schema: {
        tags: ["Config"],
        summary: "Get one option",
        params: z.object({ section: name, option: name }),
        response: { 200: config, ...errors.one },
      },
    },
    async (request) => {
      const { section, option: key } = request.params;
      const found = options().filter((option) => option.section === section && option.key === key);
      if (found.length === 0) throw new PolyflowError("config_option_unknown", `There is no option [${section}] ${key}.`);
      return inSections(found);
    },
  );
}

function addProviderRoute(app: App, { installation }: RestContext): void {
  app.get(
    "/api/v2/providers",
    {
      config: { policy: globally("read", "Providers") },
      schema: {
        tags: ["Provider"],
        summary: "List providers",
        querystring: z.strictObject(paging),
        response: { 200: providerCollection, ...errors.list },
      },
    },
    async (request) => {
      const all = installation.providers?.() ?? [];
      const shown = cutPage(all, request.query).map((provider) => ({
        package_name: provider.packageName,
        description: provider.description,
        version: provider.version,
        documentation_url: provider.documentationUrl,
      }));
      return { providers: shown, total_entries: all.length };
    },
  );
}

function addPluginRoute(app: App, { installation }: RestContext): void {
  app.get(
    "/api/v2/plugins",
    {
      config: { policy: globally("read", "Plugins") },
      schema: {
        tags: ["Plugin"],
        summary: "List plugins",
        querystring: z.strictObject(paging),
        response: { 200: pluginCollection, ...errors.list },
      },
    },
    async (request) => {
      const all = installation.plugins?.() ?? [];
      const shown = cutPage(all, request.query).map((plugin) => ({
        name: plugin.name,
        source: plugin.source,
        macros: [...plugin.macros],
        timetables: [...plugin.timetables],
        listeners: [...plugin.listeners],
        // What Airflow's plugins can add to a Python web server has no counterpart.
        operator_extra_links: [],
        global_operator_extra_links: [],
        flask_blueprints: [],
        fastapi_apps: [],
        fastapi_root_middlewares: [],
        external_views: [],
        react_apps: [],
        appbuilder_views: [],
        appbuilder_menu_items: [],
      }));
      return { plugins: shown, total_entries: all.length };
    },
  );
}

function inSections(options: readonly ShownOption[]): z.infer<typeof config> {
  const sections = Map.groupBy(options, (option) => option.section);
  return { sections: [...sections].map(([section, own]) => ({ name: section, options: own.map(({ key, value }) => ({ key, value })) })) };
}
