import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { I18nextProvider } from "react-i18next";
import { queryClient } from "./api/query-client.ts";
import { translations } from "./i18n/i18n.ts";
import { router } from "./router.tsx";
import { colorVariables, theme } from "./theme/theme.ts";

/** Also read by `public/color-scheme.js` before the first paint. */
const colorSchemeManager = localStorageColorSchemeManager({ key: "polyflow.color-scheme" });

export function App() {
  return (
    <I18nextProvider i18n={translations}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={colorVariables}
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
