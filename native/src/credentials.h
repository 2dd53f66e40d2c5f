#pragma once

namespace fusewire::sys {

// What threads remember of their own credentials holds no more.
void CredentialsChanged();

}  // namespace fusewire::sys
