//! A page of the manual: its files, its commands, and what each has to say.

/// What a shell prints before and after a step, so that what it says can be told apart.
const MARK: &str = "@@tour";

/// A page as a list of steps.
pub(super) struct Page {
    /// Names and contents of the files that the page has the reader write.
    pub(super) files: Vec<(String, String)>,
    /// What the reader types, in order.
    pub(super) steps: Vec<Step>,
}

/// One block of commands.
pub(super) struct Step {
    /// The line of the page on which it begins.
    pub(super) line: usize,
    pub(super) commands: String,
    /// Whether the page says that this does not work.
    pub(super) fails: bool,
    pub(super) expected: Option<String>,
}

/// What a step has printed and its exit code.
pub(super) struct Told {
    pub(super) text: String,
    pub(super) code: i32,
}

impl Page {
    pub(super) fn read(text: &str) -> Self {
        let mut page = Self {
            files: Vec::new(),
            steps: Vec::new(),
        };
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let Some(kind) = line.strip_prefix("```") else {
                continue;
            };
            let block: Vec<_> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| *line != "```")
                .collect();
            page.take(number + 1, kind, &block);
        }
        page
    }

    fn take(&mut self, line: usize, kind: &str, block: &[&str]) {
        let content = block.join("\n");
        match kind {
            "sh" | "sh fails" => self.steps.push(Step {
                line,
                commands: content,
                fails: kind == "sh fails",
                expected: None,
            }),
            "text" => {
                let step = self.steps.last_mut();
                let step = step.unwrap_or_else(|| panic!("line {line}: said by nobody"));
                assert!(step.expected.is_none(), "line {line}: said twice");
                step.expected = Some(content);
            }
            "toml" => {
                let name = block.first().and_then(|first| first.strip_prefix("# "));
                let name = name.unwrap_or_else(|| panic!("line {line}: a file without a name"));
                self.files.push((name.to_owned(), content));
            }
            other => panic!("line {line}: what is a block of {other:?}?"),
        }
    }

    /// All steps as one script.
    ///
    /// A server runs beside it until the script ends; a step that starts one is over when it has
    /// said where it listens.
    pub(super) fn script(&self) -> String {
        let mut script =
            "exec 2>&1\nservers=()\ntrap 'kill \"${servers[@]}\"; wait' EXIT\n".to_owned();
        for step in &self.steps {
            let commands = if step.commands.starts_with("realm-sim serve") {
                let wait = "servers+=($!); read -r ready <&3; echo \"$ready\"";
                format!("exec 3< <(exec {})\n{wait}", step.commands)
            } else {
                // The next step is not input for this one.
                format!("{{\n{}\n}} </dev/null", step.commands)
            };
            script += &format!("echo '{MARK} begin'\n{commands}\necho \"{MARK} end $?\"\n");
        }
        script
    }

    /// What each step has said, out of what the script has.
    pub(super) fn told(&self, output: &str) -> Vec<Told> {
        let begin = format!("{MARK} begin\n");
        let end = format!("{MARK} end ");
        let parts = output.split(&begin).skip(1);
        let told = parts.filter_map(|part| {
            let (text, rest) = part.split_once(&end)?;
            let code = rest.lines().next()?.parse().ok()?;
            let text = text.to_owned();
            Some(Told { text, code })
        });
        told.collect()
    }
}
