#include <google/protobuf/util/message_differencer.h>

#include "config/field_rules.h"
#include "config/library_options.h"
#include "service/service.h"
#include "text.h"

namespace dittofs::server {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::MessageDifferencer;

/// Puts the value of `field` in `from` into `to`.
void CopyField(const Message& from, const FieldDescriptor& field, Message& to) {
  to.GetReflection()->ClearField(&to, &field);
  std::unique_ptr<Message> only(from.New());
  only->CopyFrom(from);
  const Reflection& reflection = *only->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(*only, &fields);
  for (const FieldDescriptor* other : fields) {
    if (other != &field) reflection.ClearField(only.get(), other);
  }
  to.MergeFrom(*only);
}

bool FieldDiffers(const Message& a, const Message& b, const FieldDescriptor& field) {
  MessageDifferencer differencer;
  differencer.set_message_field_comparison(MessageDifferencer::EQUIVALENT);  // A default given is a default.
  return !differencer.CompareWithFields(a, b, {&field}, {&field});
}

/// Makes `next` what can be in force without a restart: fields that can't change live keep their value in `current`,
/// and their paths are added to `waiting`. Lists of messages are left alone.
void KeepWhatNeedsRestart(const Message& current, Message& next, const std::string& prefix,
                          std::vector<std::string>& waiting) {
  const auto& type = *next.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string path = prefix + field.name();
    if (field.message_type() != nullptr) {
      if (field.is_repeated()) continue;
      const Reflection& reflection = *next.GetReflection();
      if (!reflection.HasField(current, &field) && !reflection.HasField(next, &field)) continue;
      KeepWhatNeedsRestart(reflection.GetMessage(current, &field), *reflection.MutableMessage(&next, &field),
                           path + ".", waiting);
      continue;
    }
    if (RulesOf(field).live() || !FieldDiffers(current, next, field)) continue;
    waiting.push_back(path);
    CopyField(current, field, next);
  }
}

template <typename Entries>
auto FindNamed(const Entries& entries, const std::string& name) -> decltype(&entries[0]) {
  for (const auto& entry : entries) {
    if (entry.name() == name) return &entry;
  }
  return nullptr;
}

bool Same(const Message& a, const Message& b) {
  return MessageDifferencer::Equivalent(a, b);
}

}  // namespace

void Service::Reload(const config::Config& wanted) {
  config::Config next = wanted;
  std::vector<std::string> waiting;
  KeepWhatNeedsRestart(config_, next, "", waiting);
  for (const std::string& path : waiting) {
    log_.Write(LogLevel::kWarning, "A change needs a restart to take effect", {{"field", path}});
  }
  SetLogLevel(log_.sink(), LevelOf(next.log()));
  ReloadStores(next);
  ReloadShares(next);
  next.mutable_metadata_stores()->Swap(config_.mutable_metadata_stores());
  next.mutable_block_stores()->Swap(config_.mutable_block_stores());
  next.mutable_shares()->Swap(config_.mutable_shares());
  config_ = std::move(next);
}

/// Stores that were added are opened; they can't be changed or closed while running.
void Service::ReloadStores(const config::Config& next) {
  const auto reload = [&](const auto& wanted, auto& current, std::string_view kind, auto add) {
    for (const auto& store : wanted) {
      const auto* there = FindNamed(current, store.name());
      if (there != nullptr && Same(*there, store)) continue;
      const std::string path = Cat(kind, " \"", store.name(), '"');
      if (there != nullptr) {
        log_.Write(LogLevel::kWarning, "A change needs a restart to take effect", {{"store", path}});
      } else if (const Status added = (this->*add)(store); added.ok()) {
        log_.Write(LogLevel::kInfo, "Store added", {{"store", path}});
        *current.Add() = store;
      } else {
        log_.Write(LogLevel::kError, "Store could not be added", {{"store", path}, {"error", added.message()}});
      }
    }
    for (const auto& store : current) {
      if (FindNamed(wanted, store.name()) != nullptr) continue;
      log_.Write(LogLevel::kWarning, "A store that is declared no more stays open until a restart",
                 {{"store", Cat(kind, " \"", store.name(), '"')}});
    }
  };
  reload(next.metadata_stores(), *config_.mutable_metadata_stores(), "metadata store", &Service::AddMetadataStore);
  reload(next.block_stores(), *config_.mutable_block_stores(), "block store", &Service::AddBlockStore);
}

void Service::ReloadShares(const config::Config& next) {
  google::protobuf::RepeatedPtrField<config::Share> in_force;
  for (const config::Share& share : config_.shares()) {
    if (FindNamed(next.shares(), share.name()) != nullptr) continue;
    if (const Status removed = runtime_->RemoveShare(share.name()); !removed.ok()) {
      log_.Write(LogLevel::kError, "Share was removed, but not all its bytes could be stored",
                 {{"share", share.name()}, {"error", removed.message()}});
    }
  }
  for (const config::Share& share : next.shares()) {
    const config::Share* current = FindNamed(config_.shares(), share.name());
    if (current == nullptr) {
      if (const Status added = AddShare(share); added.ok()) {
        *in_force.Add() = share;
      } else {
        log_.Write(LogLevel::kError, "Share could not be added", {{"share", share.name()}, {"error", added.message()}});
      }
      continue;
    }
    config::Share changed = share;
    std::vector<std::string> waiting;
    KeepWhatNeedsRestart(*current, changed, "", waiting);
    for (const std::string& field : waiting) {
      log_.Write(LogLevel::kWarning, "A change needs a restart to take effect",
                 {{"share", share.name()}, {"field", field}});
    }
    if (!Same(*current, changed)) {
      if (const Status updated = runtime_->UpdateShare(ShareOptionsOf(changed)); !updated.ok()) {
        log_.Write(LogLevel::kError, "Share could not be changed",
                   {{"share", share.name()}, {"error", updated.message()}});
        changed = *current;
      }
    }
    *in_force.Add() = changed;
  }
  config_.mutable_shares()->Swap(&in_force);
}

}  // namespace dittofs::server
