import { Notifications } from "@mantine/notifications";
import { Outlet } from "@tanstack/react-router";

/** Around every page. Notifications hold links, so they live inside the router. */
export function Root() {
  return (
    <>
      <Outlet />
      <Notifications position="bottom-right" />
    </>
  );
}
