#include "command_line.h"

#include <CLI/CLI.hpp>

#include <memory>

#include "config/field_rules.h"
#include "dittofs/nfs.h"
#include "text.h"

namespace dittofs::server {
namespace {

constexpr char kExitStatuses[] =
    "Exit status:\n"
    "  0  done\n"
    "  1  something failed while running; the message says what and what to do\n"
    "  2  the command line or the configuration is wrong; nothing was done\n"
    "  3  stop, reload, status: no server is running there\n"
    "  4  status: a server is running, but it does not answer (yet)";

constexpr char kExportFooter[] =
    "DIRECTORY is where dittofs keeps its own database and blocks, not a tree to be shown: an existing directory must "
    "be\n"
    "empty or come from an earlier export. The files live on in it; the same command serves them again.\n"
    "\n"
    "Users count as they are (--squash none), so that root of a client can own and change files, as tar, git and cp "
    "-a\n"
    "expect; everybody who reaches the port is trusted like that. Limit it with --bind 127.0.0.1, with --client, or "
    "with\n"
    "--squash root (root of a client becomes nobody and needs a directory that others may write).\n"
    "\n"
    "Examples:\n"
    "  dittofs export /srv/scratch\n"
    "  dittofs export /srv/scratch --name /scratch --port 2049 --client 192.168.0.0/16\n"
    "  dittofs export /srv/scratch --bind 127.0.0.1 --read-only --daemon";

/// The program's commands and options. `line` receives what is parsed.
class Program {
 public:
  explicit Program(CommandLine& line) : line_(line) {
    app_.name("dittofs");
    app_.description("Serves files over NFSv3 from user space.");
    app_.require_subcommand(1);
    app_.set_help_flag("-h,--help", "Print this help and exit");
    app_.footer(
        Cat("Run `dittofs COMMAND --help` for a command's options. The manual is dittofs(1); every field of the\n"
            "configuration is in docs/configuration.md and in `dittofs config schema`.\n\n",
            kExitStatuses));
    app_.formatter(std::make_shared<Formatter>());
    AddServing();
    AddControl();
    AddConfiguration();
    AddRest();
  }

  CLI::App& app() { return app_; }

 private:
  /// Wider than CLI11's own, so that few lines wrap, and without its notes on types.
  class Formatter final : public CLI::Formatter {
   public:
    Formatter() { column_width(30); }
    std::string make_option_opts(const CLI::Option* option) const override {
      return option->get_items_expected_max() == 0 || !option->nonpositional() ? std::string()
                                                                               : " " + option->get_type_name();
    }
    std::string make_option_desc(const CLI::Option* option) const override {
      const std::string& fallback = option->get_default_str();
      return fallback.empty() ? option->get_description()
                              : Cat(option->get_description(), " [default: ", fallback, ']');
    }
  };

  CLI::App* Add(CLI::App& parent, Command command, const std::string& name, const std::string& help) {
    CLI::App* added = parent.add_subcommand(name, help);
    added->callback([this, command] { line_.command = command; });
    return added;
  }

  void AddServing() {
    CLI::App* quick = Add(app_, Command::kExport, "export",
                          "Serve a directory of dittofs's own as one share, without a configuration");
    quick->add_option("DIRECTORY", line_.directory, "Where names and content are kept; made if absent")
        ->required()
        ->type_name("DIRECTORY");
    quick->add_option("-n,--name", line_.share_name, "Path that clients mount")
        ->type_name("/NAME")
        ->capture_default_str();
    AddAddressOptions(*quick);
    quick->add_flag("-r,--read-only", line_.read_only, "Clients may not change anything");
    quick->add_option("--squash", line_.squash, "Whose users become nobody")
        ->type_name("none|root|all")
        ->check(CLI::IsMember({"none", "root", "all"}).description(""))
        ->capture_default_str();
    quick
        ->add_option("--client", line_.clients,
                     "Only these clients: an address, a block such as 192.0.2.0/24 or a host name; repeatable")
        ->type_name("PATTERN")
        ->allow_extra_args(false);
    AddLifeOptions(*quick);
    quick->footer(kExportFooter);

    CLI::App* start = Add(app_, Command::kStart, "start", "Start the server that a configuration describes");
    AddConfigOptions(*start);
    AddAddressOptions(*start);
    AddLifeOptions(*start);
    start->footer(
        "SIGTERM and SIGINT stop the server: requests under way are answered, written bytes are stored, for at most\n"
        "shutdown.deadline_ms; a second signal ends it at once. SIGHUP is `dittofs reload`.\n"
        "\n"
        "Examples:\n"
        "  dittofs init /etc/dittofs/dittofs.conf && dittofs start --config /etc/dittofs/dittofs.conf\n"
        "  DITTOFS_NFS_PORT=2049 dittofs start --config dittofs.conf --set log.level=debug\n"
        "  dittofs start --config dittofs.conf --daemon && dittofs status --config dittofs.conf");
  }

  void AddAddressOptions(CLI::App& command) {
    command
        .add_option("-p,--port", line_.port,
                    Cat("Port of NFS and MOUNT, 0 for any free one [default: ", kDefaultNfsPort, "]"))
        ->type_name("N")
        ->check(CLI::Range(0, 65535).description(""));
    command.add_option("-b,--bind", line_.addresses, "Numeric address to listen on, instead of all; repeatable")
        ->type_name("ADDRESS")
        ->allow_extra_args(false);
  }

  void AddLifeOptions(CLI::App& command) {
    CLI::Option* daemon = command.add_flag("-d,--daemon", line_.background,
                                           "Go into the background once ready; errors before that are reported here");
    command.add_flag("--foreground")->description("Stay in the foreground (the default)")->excludes(daemon);
    command.add_option("--log-level", line_.log_level, "Least important lines to log")
        ->type_name("debug|info|warning|error")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}).description(""));
  }

  void AddConfigOptions(CLI::App& command) {
    command
        .add_option("-c,--config", line_.config_file,
                    "Configuration file [default: $DITTOFS_CONFIG, else /etc/dittofs/dittofs.conf]")
        ->type_name("FILE");
    command.add_option("--data-directory", line_.data_directory, "Overrides data_directory")->type_name("DIRECTORY");
    command
        .add_option_function<std::vector<std::string>>(
            "--set",
            [this](const std::vector<std::string>& settings) {
              for (const std::string& setting : settings) {
                const size_t equals = setting.find('=');
                if (equals == std::string::npos)
                  throw CLI::ValidationError("--set", "needs FIELD=VALUE, such as nfs.port=2049");
                line_.settings.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
              }
            },
            "Overrides a field of the configuration, after the environment; repeatable")
        ->type_name("FIELD=VALUE")
        ->allow_extra_args(false);
  }

  CLI::App* AddControlCommand(Command command, const std::string& name, const std::string& help) {
    return AddControlCommand(app_, command, name, help);
  }
  CLI::App* AddControlCommand(CLI::App& parent, Command command, const std::string& name, const std::string& help) {
    CLI::App* added = Add(parent, command, name, help);
    added->add_option("DIRECTORY", line_.directory, "Data directory of the server; instead of --config")
        ->type_name("DIRECTORY");
    AddConfigOptions(*added);
    return added;
  }

  void AddControl() {
    CLI::App* stop = AddControlCommand(Command::kStop, "stop", "Stop a running server and wait until it is gone");
    stop->add_option("--timeout", line_.timeout_s, "How long to wait [default: the server's own deadline and 5 s more]")
        ->type_name("SECONDS");
    stop->add_flag("--now", line_.at_once,
                   "Don't wait for requests under way; bytes that no COMMIT made stable are lost");
    CLI::App* reload =
        AddControlCommand(Command::kReload, "reload", "Let a running server read its configuration again");
    reload->footer(
        "Shares are added, removed and changed, and the log level and the log file follow. The server's log says what\n"
        "changed and what has to wait for a restart; with a wrong configuration everything stays as it is.");
    CLI::App* status = AddControlCommand(Command::kStatus, "status", "Say whether a server is running and answers");
    status->add_option("--wait", line_.wait_s, "Wait until it is ready, at most so long")->type_name("SECONDS");
    status->add_flag("--json", line_.json, "For programs");
    status->footer(kExitStatuses);
    AddLocks();
  }

  void AddLocks() {
    CLI::App* locks = app_.add_subcommand("locks", "Look at the locks that clients hold, or release them");
    locks->require_subcommand(1);
    CLI::App* list = AddControlCommand(*locks, Command::kLocksList, "list", "List locks and who waits for them");
    AddLockFilter(*list);
    CLI::App* release = AddControlCommand(*locks, Command::kLocksRelease, "release",
                                          "Take locks away from clients that are gone for good");
    AddLockFilter(*release);
    release->add_flag("--all", line_.lock_all, "Every lock of every client");
    release->footer(
        "A client that is still there is not told and will believe that it holds the lock: use this for clients that\n"
        "will not come back. One that restarts says so itself and needs no help.\n"
        "\n"
        "Example:\n"
        "  dittofs locks release --client 192.0.2.7 /srv/dittofs");
  }

  void AddLockFilter(CLI::App& command) {
    command.add_option("--client", line_.lock_client, "Only of this client: its name or its address")
        ->type_name("CLIENT");
    command.add_option("--share", line_.lock_share, "Only in this share")->type_name("/NAME");
    command.add_option("--file", line_.lock_file, "Only of this file (its inode number, ls -i)")->type_name("N");
  }

  void AddConfiguration() {
    CLI::App* init = Add(app_, Command::kInit, "init", "Write a commented configuration to start from");
    init->add_option("FILE", line_.output, "File to write, - for standard output [default: dittofs.conf]")
        ->type_name("FILE");
    init->add_option("--data-directory", line_.data_directory,
                     "What to set data_directory to [default: beside the file]")
        ->type_name("DIRECTORY");
    init->add_flag("--force", line_.force, "Replace the file if it exists");
    CLI::App* config = app_.add_subcommand("config", "Look at configurations");
    config->require_subcommand(1);
    CLI::App* show =
        Add(*config, Command::kConfigShow, "show", "Print what is in force, from file, environment and flags");
    AddConfigOptions(*show);
    CLI::App* validate =
        Add(*config, Command::kConfigValidate, "validate", "Check a configuration without touching anything else");
    AddConfigOptions(*validate);
    CLI::App* schema = Add(*config, Command::kConfigSchema, "schema", "List every field with type, default and bounds");
    schema->add_flag("--markdown", line_.markdown, "As docs/configuration.md, with everything about every field");
  }

  void AddRest() {
    Add(app_, Command::kVersion, "version", "Print the version");
    CLI::App* completion = Add(app_, Command::kCompletion, "completion", "Print a completion script for a shell");
    completion->add_option("SHELL", line_.shell, "Which shell")
        ->required()
        ->type_name("bash|zsh|fish")
        ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""));
    completion->footer(
        "Examples:\n"
        "  source <(dittofs completion bash)\n"
        "  dittofs completion fish >~/.config/fish/completions/dittofs.fish");
    Add(app_, Command::kManual, "manual", "Print dittofs(1) in roff")->group("");
  }

  CommandLine& line_;
  CLI::App app_;
};

std::vector<std::string> NamesOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!inner->get_group().empty()) names.push_back(inner->get_name());
  }
  return names;
}

OptionHelp Describe(const CLI::Option& option) {
  OptionHelp help;
  for (const std::string& name : option.get_lnames()) help.flags.push_back("--" + name);
  for (const std::string& name : option.get_snames()) help.flags.push_back("-" + name);
  help.help = option.get_description();
  help.takes_value = option.get_items_expected_max() > 0;
  const std::string type = option.get_type_name();
  help.name = option.get_positional() && help.flags.empty() ? option.get_name(true) : type;
  help.is_path = type == "FILE" || type == "DIRECTORY";
  if (type.find('|') != std::string::npos) help.values = Split(type, '|');
  return help;
}

void Describe(const CLI::App& app, const std::string& name, std::vector<CommandHelp>& commands) {
  CommandHelp help;
  help.name = name;
  help.help = app.get_description();
  help.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) help.options.push_back(Describe(*option));
  commands.push_back(std::move(help));
  for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (inner->get_group().empty()) continue;
    Describe(*inner, name.empty() ? inner->get_name() : Cat(name, ' ', inner->get_name()), commands);
  }
}

}  // namespace

ParsedCommandLine ParseCommandLine(int argc, const char* const* argv) {
  ParsedCommandLine parsed;
  CommandLine line;
  Program program(line);
  try {
    program.app().parse(argc, argv);
    parsed.command_line = std::move(line);
  } catch (const CLI::Success&) {
    parsed.output = program.app().help();
  } catch (const CLI::Error& error) {
    // The innermost command that was named is where the user wants help.
    const CLI::App* command = &program.app();
    std::string path = "dittofs";
    while (!command->get_subcommands().empty()) {
      command = command->get_subcommands().front();
      path += " " + command->get_name();
    }
    std::string what = error.what();
    const size_t depth = Split(path, ' ').size();
    const std::vector<std::string> known = NamesOf(*command);
    if (!known.empty() && static_cast<size_t>(argc) > depth && argv[depth][0] != '-') {
      const std::string nearest = Nearest(argv[depth], known);
      what = Cat("there is no command \"", argv[depth], '"', nearest.empty() ? "" : ", did you mean ", nearest,
                 nearest.empty() ? "" : "?");
    } else if (!known.empty() && static_cast<size_t>(argc) == depth) {
      what = Cat("a command is missing: ", Join(known, ", "));
    }
    parsed.output = Cat("dittofs: ", what, "\nRun `", path, " --help` for what can be given.\n");
    parsed.exit_status = kUsage;
  }
  return parsed;
}

std::vector<CommandHelp> DescribeCommands() {
  CommandLine line;
  Program program(line);
  std::vector<CommandHelp> commands;
  Describe(program.app(), "", commands);
  return commands;
}

}  // namespace dittofs::server
