#include "completion.h"

#include "text.h"

namespace dittofs::server {
namespace {

/// Within single quotes of a shell.
std::string Quoted(std::string_view text) {
  std::string quoted;
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted;
}

std::vector<std::string> Inner(const CommandHelp& command, const std::vector<CommandHelp>& commands) {
  std::vector<std::string> names;
  for (const CommandHelp& other : commands) {
    const std::string prefix = command.name.empty() ? "" : command.name + " ";
    if (other.name.empty() || !other.name.starts_with(prefix) || other.name == command.name) continue;
    const std::string rest = other.name.substr(prefix.size());
    if (rest.find(' ') == std::string::npos) names.push_back(rest);
  }
  return names;
}

std::string Bash(const std::vector<CommandHelp>& commands) {
  std::string text =
      "# bash completion for dittofs\n"
      "_dittofs() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"$command|$word\" in\n";
  for (const CommandHelp& command : commands) {
    if (command.name.empty()) continue;
    const size_t space = command.name.rfind(' ');
    const std::string outer = space == std::string::npos ? "" : command.name.substr(0, space);
    const std::string last = space == std::string::npos ? command.name : command.name.substr(space + 1);
    text += Cat("      \"", outer, "|", last, "\") command='", command.name, "' ;;\n");
  }
  text += "    esac\n  done\n  local words= files=\n  case $command in\n";
  for (const CommandHelp& command : commands) {
    std::vector<std::string> words = Inner(command, commands);
    std::string values;
    bool files = false;
    for (const OptionHelp& option : command.options) {
      for (const std::string& flag : option.flags) words.push_back(flag);
      if (option.flags.empty()) {
        files = files || option.is_path;
        words.insert(words.end(), option.values.begin(), option.values.end());
        continue;
      }
      if (!option.takes_value) continue;
      values += Cat("        ", Join(option.flags, "|"), ") ");
      if (option.is_path) {
        values += "COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n";
      } else {
        values += Cat("COMPREPLY=($(compgen -W '", Join(option.values, " "), "' -- \"$current\")); return ;;\n");
      }
    }
    text += Cat("    '", command.name, "')\n");
    if (!values.empty()) text += Cat("      case $previous in\n", values, "      esac\n");
    text += Cat("      words='", Join(words, " "), "'", files ? " files=yes" : "", " ;;\n");
  }
  return text +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  [ -z \"$files\" ] || COMPREPLY+=($(compgen -f -- \"$current\"))\n"
         "}\n"
         "complete -o filenames -F _dittofs dittofs\n";
}

std::string Zsh(const std::vector<CommandHelp>& commands) {
  const auto escaped = [](std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (c == '[' || c == ']' || c == ':') out += '\\';
      out += c;
    }
    return Quoted(out);
  };
  const auto function_of = [](std::string name) {
    for (char& c : name) c = c == ' ' ? '_' : c;
    return name.empty() ? std::string("_dittofs") : "_dittofs_" + name;
  };
  std::string text = "#compdef dittofs\n";
  for (const CommandHelp& command : commands) {
    const std::vector<std::string> inner = Inner(command, commands);
    text += Cat("\n", function_of(command.name), "() {\n  _arguments -C");
    for (const OptionHelp& option : command.options) {
      std::string action;
      if (!option.values.empty()) {
        action = Cat("(", Join(option.values, " "), ")");
      } else if (option.is_path) {
        action = "_files";
      }
      for (const std::string& flag : option.flags) {
        text += Cat(" \\\n    '*", flag, "[", escaped(option.help), "]",
                    option.takes_value ? Cat(":", escaped(option.name), ":", action) : "", "'");
      }
      if (option.flags.empty()) text += Cat(" \\\n    ':", escaped(option.name), ":", action, "'");
    }
    if (!inner.empty()) text += " \\\n    '1: :->command' '*:: :->rest'";
    text += "\n";
    if (!inner.empty()) {
      text += "  case $state in\n    command)\n      local -a commands=(\n";
      for (const std::string& name : inner) {
        for (const CommandHelp& other : commands) {
          if (other.name == (command.name.empty() ? name : command.name + " " + name)) {
            text += Cat("        '", name, ":", escaped(other.help), "'\n");
          }
        }
      }
      text += "      )\n      _describe command commands ;;\n    rest)\n      case $words[1] in\n";
      for (const std::string& name : inner) {
        text +=
            Cat("        ", name, ") ", function_of(command.name.empty() ? name : command.name + " " + name), " ;;\n");
      }
      text += "      esac ;;\n  esac\n";
    }
    text += "}\n";
  }
  return text + "\nif [ \"$funcstack[1]\" = _dittofs ]; then _dittofs \"$@\"; else compdef _dittofs dittofs; fi\n";
}

std::string Fish(const std::vector<CommandHelp>& commands) {
  std::string text = "# fish completion for dittofs\ncomplete -c dittofs -f\n";
  for (const CommandHelp& command : commands) {
    std::string condition = "__fish_use_subcommand";
    if (!command.name.empty()) {
      condition.clear();
      for (const std::string& word : Split(command.name, ' ')) {
        condition += Cat(condition.empty() ? "" : "; and ", "__fish_seen_subcommand_from ", word);
      }
    }
    const std::vector<std::string> inner = Inner(command, commands);
    for (const std::string& name : inner) {
      for (const CommandHelp& other : commands) {
        if (other.name != (command.name.empty() ? name : command.name + " " + name)) continue;
        const std::string not_yet = command.name.empty()
                                        ? condition
                                        : Cat(condition, "; and not __fish_seen_subcommand_from ", Join(inner, " "));
        text += Cat("complete -c dittofs -n '", not_yet, "' -a ", name, " -d '", Quoted(other.help), "'\n");
      }
    }
    for (const OptionHelp& option : command.options) {
      std::string line = Cat("complete -c dittofs -n '", condition, "'");
      for (const std::string& flag : option.flags) {
        line += flag.starts_with("--") ? Cat(" -l ", flag.substr(2)) : Cat(" -s ", flag.substr(1));
      }
      if (option.takes_value || option.flags.empty()) {
        if (!option.flags.empty()) line += " -r";
        if (option.is_path) line += " -F";
        if (!option.values.empty()) line += Cat(" -a '", Join(option.values, " "), "'");
      }
      if (option.flags.empty() && !option.is_path && option.values.empty()) continue;
      text += Cat(line, " -d '", Quoted(option.help), "'\n");
    }
  }
  return text;
}

std::string Roff(std::string_view text) {
  std::string out;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    at_start = c == '\n';
  }
  return out;
}

std::string RoffFlags(const OptionHelp& option) {
  std::vector<std::string> flags;
  for (const std::string& flag : option.flags) flags.push_back(Cat("\\fB", Roff(flag), "\\fR"));
  std::string text = Join(flags, ", ");
  std::string value = option.values.empty() ? option.name : Join(option.values, "|");
  if (option.flags.empty()) return Cat("\\fI", Roff(value), "\\fR");
  if (option.takes_value) text += Cat(" \\fI", Roff(value), "\\fR");
  return text;
}

}  // namespace

std::string Completion(std::string_view shell, const std::vector<CommandHelp>& commands) {
  if (shell == "zsh") return Zsh(commands);
  if (shell == "fish") return Fish(commands);
  return Bash(commands);
}

std::string Manual(const std::vector<CommandHelp>& commands, std::string_view version) {
  std::string text =
      Cat(".\\\" Generated by `dittofs manual`.\n"
          ".TH DITTOFS 1 \"\" \"dittofs ",
          version,
          "\" \"User Commands\"\n"
          ".SH NAME\n"
          "dittofs \\- serve files over NFSv3 from user space\n"
          ".SH SYNOPSIS\n"
          ".B dittofs\n"
          "\\fICOMMAND\\fR [\\fIOPTION\\fR...]\n"
          ".SH DESCRIPTION\n"
          "A server that keeps files in stores of its own (a database for names and attributes, blocks for content) "
          "and serves\n"
          "them to NFS clients, without FUSE, a kernel module or privileges.\n"
          ".B dittofs export\n"
          "serves one share at once;\n"
          ".B dittofs start\n"
          "serves what a configuration describes.\n"
          ".SH COMMANDS\n");
  std::string statuses;
  for (const CommandHelp& command : commands) {
    if (command.name.empty()) {
      if (const size_t at = command.footer.find("Exit status:"); at != std::string::npos) {
        statuses = command.footer.substr(at + std::string_view("Exit status:\n").size());
      }
      continue;
    }
    text += Cat(".SS \"dittofs ", Roff(command.name), "\"\n", Roff(command.help), ".\n");
    for (const OptionHelp& option : command.options) {
      if (!option.flags.empty() && option.flags.front() == "--help") continue;
      text += Cat(".TP\n", RoffFlags(option), "\n", Roff(option.help), ".\n");
    }
    const std::string footer = command.footer.substr(0, command.footer.find("Exit status:"));
    if (!footer.empty()) text += Cat(".PP\n.nf\n", Roff(footer), "\n.fi\n");
  }
  return Cat(
      text,
      ".SH SIGNALS\n"
      "SIGTERM and SIGINT stop the server within its deadline, a second one ends it at once. SIGHUP makes it read its\n"
      "configuration again and open its log file again.\n"
      ".SH ENVIRONMENT\n"
      "DITTOFS_CONFIG names the configuration file. DITTOFS_ and the path of a field, in capitals and with "
      "underscores,\n"
      "overrides that field: DITTOFS_NFS_PORT sets nfs.port.\n"
      ".SH EXIT STATUS\n.nf\n",
      Roff(statuses), "\n.fi\n",
      ".SH FILES\n"
      ".TP\n/etc/dittofs/dittofs.conf\nThe configuration unless another is named.\n"
      ".TP\n\\fIDATA_DIRECTORY\\fR/dittofs.pid, dittofs.state, dittofs.log\n"
      "Process id, state and (in the background) log of a running server.\n"
      ".SH SEE ALSO\n.BR mount (8),\n.BR nfs (5)\n");
}

}  // namespace dittofs::server
