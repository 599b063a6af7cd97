import { type CSSVariablesResolver, localStorageColorSchemeManager, MantineProvider, mergeThemeOverrides } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useMemo } from "react";
import { I18nextProvider } from "react-i18next";
import { queryClient } from "./api/query-client.ts";
import { translations } from "./i18n/i18n.ts";
import { router } from "./router.tsx";
import { accentShades, ownVariables } from "./theme/own-colors.ts";
import { colorVariables, theme } from "./theme/theme.ts";
import { useOwnColors } from "./theme/use-own-colors.ts";

/** Also read by `public/color-scheme.js` before the first paint. */
const colorSchemeManager = localStorageColorSchemeManager({ key: "polyflow.color-scheme" });

export function App() {
  const { shown: colors } = useOwnColors();
  const own = useMemo(
    () => ({
      theme: colors.accent === undefined ? theme : mergeThemeOverrides(theme, { colors: { iris: accentShades(colors.accent) } }),
      variables: withVariables(colorVariables, ownVariables(colors)),
    }),
    [colors],
  );
  return (
    <I18nextProvider i18n={translations}>
      <MantineProvider
        theme={own.theme}
        cssVariablesResolver={own.variables}
        colorSchemeManager={colorSchemeManager}
        defaultColorScheme="auto"
      >
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>
  );
}

function withVariables(base: CSSVariablesResolver, own: ReturnType<typeof ownVariables>): CSSVariablesResolver {
  return (resolved) => {
    const { variables, light, dark } = base(resolved);
    return { variables, light: { ...light, ...own.light }, dark: { ...dark, ...own.dark } };
  };
}
