import { ActionIcon, Button, Popover, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBookmark, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { deleteView, saveView, type SavedView, type ViewPage, viewsQuery } from "../api/views.ts";
import { notifyProblem } from "../ui/notify.ts";
import classes from "./saved-views.module.css";

/** Lists as the user likes to see them: the filters and the order of the address under a name. */
export function SavedViews({ page, path }: { page: ViewPage; path: string }) {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure(false);
  return (
    <Popover opened={opened} onDismiss={close} position="bottom-end" width={300} shadow="lg" trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconBookmark size={16} />} onClick={toggle} aria-expanded={opened}>
          {t("Views")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>{opened && <ViewList page={page} path={path} close={close} />}</Popover.Dropdown>
    </Popover>
  );
}

function ViewList({ page, path, close }: { page: ViewPage; path: string; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const query = useLocation({ select: (location) => location.searchStr.replace(/^\?/, "") });
  const { data } = useQuery(viewsQuery(page));
  const settled = () => client.invalidateQueries({ queryKey: ["views", page] });
  const save = useMutation({
    mutationFn: (view: SavedView) => saveView(page, view),
    onError: notifyProblem,
    onSettled: settled,
    onSuccess: () => setName(""),
  });
  const remove = useMutation({ mutationFn: (old: string) => deleteView(page, old), onError: notifyProblem, onSettled: settled });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") save.mutate({ name: name.trim(), query });
  };
  return (
    <>
      {data && data.views.length === 0 && <p className={classes["none"]}>{t("No views kept yet")}</p>}
      <ul className={classes["list"]}>
        {data?.views.map((view) => (
          <li key={view.name}>
            <button
              type="button"
              className={classes["view"]}
              onClick={() => {
                close();
                void navigate({ href: view.query === "" ? path : `${path}?${view.query}` });
              }}
            >
              {view.name}
            </button>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("Delete the view {{name}}", { name: view.name })}
              onClick={() => remove.mutate(view.name)}
            >
              <IconTrash size={15} />
            </ActionIcon>
          </li>
        ))}
      </ul>
      <form onSubmit={submit} className={classes["form"]}>
        <TextInput
          size="xs"
          label={t("Keep what is shown as")}
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button size="xs" type="submit" loading={save.isPending} disabled={name.trim() === ""}>
          {t("Save")}
        </Button>
      </form>
    </>
  );
}
