import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./theme/states.css";
import "./theme/ansi.css";
import "./theme/global.css";
import "./print/print.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { startTranslations } from "./i18n/i18n.ts";
import { watchPrinting } from "./print/printing.ts";

const root = document.getElementById("root");
if (!root) throw new Error('index.html has no element "root".');
await startTranslations();
watchPrinting();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
