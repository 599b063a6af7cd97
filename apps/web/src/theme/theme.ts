import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

/** The one accent: actions, links, selection. No state has this colour. */
const iris: MantineColorsTuple = [
  "#eff1fe",
  "#dfe3fc",
  "#bcc4f8",
  "#97a3f2",
  "#7785ec",
  "#5f70e6",
  "#4a5bdb",
  "#3f4ec2",
  "#3643a4",
  "#2d3885",
];

/** Cool greys of the dark scheme, text first, page last. */
const dark: MantineColorsTuple = [
  "#e7eaf0",
  "#c6ccd7",
  "#9aa4b3",
  "#6f7a8a",
  "#3a424e",
  "#2a313b",
  "#1e242c",
  "#161b21",
  "#11151a",
  "#0c0f13",
];

const FONT =
  'Inter, ui-sans-serif, -apple-system, BlinkMacSystemFont, "Segoe UI Variable Text", "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';
const MONO = 'ui-monospace, "SF Mono", "JetBrains Mono", "Cascadia Code", Menlo, Consolas, "Liberation Mono", monospace';

/** Typography, spacing and shape of the whole interface; colours of states are in `states.css`. */
export const theme = createTheme({
  primaryColor: "iris",
  primaryShade: { light: 6, dark: 6 },
  colors: { iris, dark },
  black: "#1b1f27",
  fontFamily: FONT,
  fontFamilyMonospace: MONO,
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "19px" },
  lineHeights: { xs: "1.4", sm: "1.45", md: "1.5", lg: "1.5", xl: "1.4" },
  spacing: { xs: "8px", sm: "12px", md: "16px", lg: "24px", xl: "32px" },
  radius: { xs: "4px", sm: "6px", md: "8px", lg: "12px", xl: "16px" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  headings: {
    fontFamily: FONT,
    fontWeight: "620",
    sizes: {
      h1: { fontSize: "21px", lineHeight: "1.3" },
      h2: { fontSize: "16px", lineHeight: "1.4" },
      h3: { fontSize: "14px", lineHeight: "1.4" },
    },
  },
  components: {
    Button: { defaultProps: { size: "sm" }, styles: { root: { fontWeight: 550 } } },
    Checkbox: { defaultProps: { radius: "xs" } },
    Tooltip: { defaultProps: { openDelay: 250, withArrow: true, fz: "xs", events: { hover: true, focus: true, touch: false } } },
    Modal: {
      styles: { title: { fontSize: 17, fontWeight: 620 } },
      defaultProps: { centered: false, radius: "lg", overlayProps: { backgroundOpacity: 0.45, blur: 2 } },
    },
    // Its <header> would count as a second banner of the page.
    ModalHeader: { defaultProps: { role: "presentation" } },
    DrawerHeader: { defaultProps: { role: "presentation" } },
    InputWrapper: { styles: { label: { fontWeight: 550, marginBottom: 5 } } },
    Select: { defaultProps: { size: "sm", checkIconPosition: "right" } },
  },
});

/** Page, surface and text colours of both schemes, by the names that Mantine's components use. */
export const colorVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#ffffff",
    "--mantine-color-dimmed": "#5b6473",
    "--mantine-color-placeholder": "#6b7482",
    "--mantine-color-default-border": "#dfe3e9",
    "--mantine-color-anchor": "#3f4ec2",
    "--mantine-color-error": "#b42525",
  },
  dark: {
    "--mantine-color-body": "#161b21",
    "--mantine-color-dimmed": "#9aa4b3",
    "--mantine-color-placeholder": "#8a94a3",
    "--mantine-color-default-border": "#2a313b",
    "--mantine-color-anchor": "#a5b0f6",
    "--mantine-color-error": "#ff9d97",
    "--mantine-color-iris-light": "rgb(119 133 236 / 22%)",
    "--mantine-color-iris-light-hover": "rgb(119 133 236 / 30%)",
    "--mantine-color-iris-light-color": "#c3cbfa",
  },
});
